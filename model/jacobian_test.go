package model

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// What TurnPlan makes of a direction is what differences of the field make of it, for every
// network, of its output and of the gradient of each energy.
func TestTurnPlan(t *testing.T) {
	for _, c := range tiny {
		nets := []Network{c.net}
		for _, e := range explicit(t) {
			nets = append(nets, Conservative{c.net, e})
		}
		for _, net := range nets {
			t.Run(fmt.Sprint(net), func(t *testing.T) {
				f, u := some(t, net, c.point), waved(c.point)
				d := differences(fieldOf(t, f, c.point), u)
				v := make([]float64, len(u))
				for i := range v {
					v[i] = math.Cos(3 * float64(i))
				}
				var odd, even float64
				for i := range d {
					var pushed, pulled float64 // (Jv)ᵢ and (Jᵀv)ᵢ, with d[j][i] = ∂fᵢ/∂uⱼ
					for j := range d {
						pushed += d[j][i] * v[j]
						pulled += d[i][j] * v[j]
					}
					odd += (pushed - pulled) * (pushed - pulled)
					even += (pushed + pulled) * (pushed + pulled)
				}
				gotOdd, gotEven := turn(t, f, c.point, u, v)
				scale := odd + even
				if math.Abs(gotOdd-odd) > 1e-6*scale || math.Abs(gotEven-even) > 1e-6*scale {
					t.Errorf("odd, even = %v, %v, want %v, %v", gotOdd, gotEven, odd, even)
				}
				if _, gradient := net.(Conservative); gradient != (gotOdd < 1e-20*gotEven) {
					t.Errorf("‖Jv − Jᵀv‖² / ‖Jv + Jᵀv‖² is %v", gotOdd/gotEven)
				}
			})
		}
	}
}

// turn runs the plan for one point in float64.
func turn(t *testing.T, f Trained, point []int, u, v []float64) (odd, even float64) {
	t.Helper()
	p, err := f.TurnPlan(t.Context(), 1, point, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	if err := f.Write(g); err != nil {
		t.Fatal(err)
	}
	data := func(name string) []float64 {
		x, err := g.Data(name)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	copy(data("u"), u)
	copy(data("v"), v)
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	return data("odd")[0], data("even")[0]
}
