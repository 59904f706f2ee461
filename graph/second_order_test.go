package graph_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// TestSecondOrderOfANetwork: training the gradient ∇g of an energy of u to r needs the
// gradient of ‖∇g − r‖² in the weights, which is held to central differences. Those of
// step h are off by O(h²) and by u/h.
func TestSecondOrderOfANetwork(t *testing.T) {
	for _, c := range networks {
		for _, g := range []model.Energy{model.DotEnergy, model.NormEnergy} {
			net := model.Conservative{Network: c.net, Energy: g}
			t.Run(fmt.Sprint(net), func(t *testing.T) { secondOrder(t, net, c.point) })
		}
	}
}

func secondOrder(t *testing.T, net model.Network, point []int) {
	params, err := model.Declare(net, point)
	if err != nil {
		t.Fatal(err)
	}
	b := graph.NewFloat64()
	shape := append([]int{2}, point...)
	u, r, theta := b.Input("u", shape...), b.Input("r", shape...), b.State("weights", params.Len)
	bound := params.Bind(b, theta)
	leaves := map[string][]int{}
	miss := b.Sub(net.Build(b, bound, inputs(b, net, u, leaves)), r)
	cost := b.Dot(miss, miss, 1)
	p, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "cost", Node: cost},
		graph.Root{Name: "grad", Node: bound.Gradient(b, cost)})
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	at := map[string][]float64{}
	names := []string{"u", "r", "weights", "cost", "grad"}
	for _, name := range append(names, slices.Sorted(maps.Keys(leaves))...) {
		if at[name], err = g.Data(name); err != nil {
			t.Fatal(err)
		}
		copy(at[name], values(name, len(at[name])))
	}
	value := func() float64 {
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		return at["cost"][0]
	}
	value()
	got, w := slices.Clone(at["grad"]), at["weights"]
	most := 0.0
	for _, x := range got {
		most = math.Max(most, math.Abs(x))
	}
	const h = 1e-5
	checked := 0
	for k, q := range params.List { // the first or the last of every weight
		i := q.Offset + k%2*(q.Size()-1)
		x := w[i]
		w[i] = x + h
		up := value()
		w[i] = x - h
		down := value()
		w[i] = x
		if want := (up - down) / (2 * h); math.Abs(got[i]-want) > 1e-6*(most+math.Abs(want)) {
			t.Errorf("%s: gradient %v, want %v", q.Name, got[i], want)
		}
		checked++
	}
	if checked < len(params.List) || most == 0 {
		t.Errorf("%d weights checked, gradients to %v", checked, most)
	}
}
