package exact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// Turns is the antisymmetric and the symmetric part of the Jacobian times a vector, also where the
// prior reaches a = 0 and no decomposition is finite.
func TestTurnsAreOfTheJacobian(t *testing.T) {
	s := field.Linear()
	for name, p := range map[string]*field.Process{
		"velocity": field.NewProcess(s, field.Velocity(s), field.Uniform(0.01, 0.98)),
		"noise":    field.NewProcess(s, field.Noise(s), field.Uniform(0.01, 0.98)),
		"eqm to 1": field.NewProcess(s, field.Equilibrium(s, field.T), field.Uniform(0, 1)),
	} {
		m, points := cloud(60, 5, 12)
		_, directions := cloud(1, 5, len(points))
		d, a := must[*Dataset](t)(NewDataset(p, m)), mustAtoms(t, p, m)
		odd, even := make([]float64, len(points)), make([]float64, len(points))
		if err := d.Turns(odd, even, points, directions, 0.1, 0); err != nil {
			t.Fatal(err)
		}
		for i, u := range points {
			j := must[Jacobian](t)(a.Jacobian(u)).Dense()
			var wantOdd, wantEven float64
			for r := range j {
				var turned, kept float64
				for c, v := range directions[i] {
					turned += (j[r][c] - j[c][r]) * v
					kept += (j[r][c] + j[c][r]) * v
				}
				wantOdd, wantEven = wantOdd+turned*turned, wantEven+kept*kept
			}
			name := fmt.Sprintf("%s, point %d", name, i)
			near(t, name+": odd", odd[i], wantOdd, 1e-7*(wantOdd+1e-3*wantEven))
			near(t, name+": even", even[i], wantEven, 1e-4*(wantEven+wantOdd))
		}
	}
	d := must[*Dataset](t)(NewDataset(field.NewProcess(s, field.Velocity(s), field.Uniform(0.01, 0.98)),
		Mixture{Points: triangle.Points, Jitter: 0.1}))
	one := [][]float64{probe}
	for want, odd := range map[string][]float64{"without jitter": {0}, "one for each point": {0, 0}} {
		err := d.Turns(odd, []float64{0}, one, one, 1, 0)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
