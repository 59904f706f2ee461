package plantest

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// effects runs an optimiser's step: clip, AdamW and average on one flat buffer.
func effects(t *testing.T, d plan.Device, opt Options) {
	for _, n := range []int{1, 15, 16, 257, 5000} {
		t.Run(fmt.Sprintf("AdamW/%d", n), func(t *testing.T) { adamW(t, d, opt, n) })
	}
	t.Run("Clip", func(t *testing.T) { clip(t, d) })
}

// averages are the states of the averages of step.
var averages = []string{"avg", "avg2", "avg3"}

// step is a plan with every effect of a training step.
func step(t *testing.T, n, slots int, limit float64) *plan.Plan {
	g, loss := leaf("g", n), leaf("loss", 1)
	gg := apply(plan.Op{Kind: plan.Dot, Rows: 1, Shape: []int{1}}, g, g)
	scale := apply(plan.Op{Kind: plan.Clip, Max: limit}, state("log", 1+2*slots), loss, gg, leaf("slot", 1))
	// An ε of the size of √v: where it stands in the step shows.
	adam := plan.AdamWConst{Beta1: .9, Beta2: .99, Eps: 1e-2, Decay: .1, DecayLen: n / 2,
		More: len(averages) - 1}
	in := []*plan.Node{state("w", n), state("m", n), state("v", n)}
	for _, name := range averages {
		in = append(in, state(name, n))
	}
	in = append(in, g, scale, leaf("hyper", plan.HyperLen+adam.More))
	w := apply(plan.Op{Kind: plan.AdamW, Adam: adam}, in...)
	return compile(t, plan.Float32, plan.Root{Node: w}, plan.Root{Name: "scale", Node: scale})
}

// adamW takes four steps with n weights.
func adamW(t *testing.T, d plan.Device, opt Options, n int) {
	p := step(t, n, 4, 1)
	dev, ref := both(t, d, p, true)
	write(t, "log", make([]float32, 9), dev, ref)
	x := make([]float32, n)
	for s := range 4 {
		random(x, uint64(100+s), false)
		write(t, "g", x, dev, ref)
		write(t, "loss", []float32{float32(s)}, dev, ref)
		write(t, "slot", []float32{float32(s)}, dev, ref)
		c1, c2 := 1/(1-math.Pow(.9, float64(s+1))), 1/(1-math.Pow(.99, float64(s+1)))
		write(t, "hyper", []float32{1e-2, float32(c1), float32(c2), .125, .5, 1}, dev, ref)
		run(t, dev, ref)
	}
	for _, name := range append([]string{"w", "m", "v", "log", "scale"}, averages...) {
		want, _ := ref.Data(name)
		near(t, name, read(t, dev, name, len(want)), want,
			func(i int) float64 { return 64 * 0x1p-24 * (math.Abs(want[i]) + 1) })
	}
	if opt.Allocs {
		if a := testing.AllocsPerRun(10, func() { run(t, dev) }); a != 0 {
			t.Errorf("a run after the first allocates %v times, want 0", a)
		}
	}
}

// clip has a step whose loss is not finite: it and all later ones leave the weights
// alone, and the record says how many they are. So does a gradient that is not finite.
func clip(t *testing.T, d plan.Device) {
	const n = 40
	p := step(t, n, 4, 0)
	g := load(t, d, p)
	x := make([]float32, n)
	states := append([]string{"w", "m", "v"}, averages...)
	for i, q := range states {
		random(x, uint64(i), true)
		write(t, q, x, g)
	}
	all := func() (text string) {
		for _, q := range states {
			text += fmt.Sprint(bits(read(t, g, q, n)))
		}
		return text
	}
	before := all()
	write(t, "hyper", []float32{1e-2, 1, 1, .5, .25, 1}, g)
	write(t, "log", make([]float32, 9), g)
	write(t, "g", x, g)
	for s, loss := range []float32{2, float32(math.Inf(1)), 3, 4} {
		write(t, "slot", []float32{float32(s)}, g)
		write(t, "loss", []float32{loss}, g)
		run(t, g)
		now := all()
		if changed := now != before; changed != (s == 0) {
			t.Errorf("step %d: the weights changed: %v", s, changed)
		}
		before = now
	}
	log := read(t, g, "log", 9)
	if log[0] != 3 || log[1] != 2 || !math.IsInf(float64(log[3]), 1) || log[5] != 0 || log[7] != 0 {
		t.Errorf("log = %v, want 3 failed steps, losses 2 and +Inf, and nothing after them", log)
	}
	random(x, 9, true)
	x[17] = float32(math.NaN())
	write(t, "log", make([]float32, 9), g)
	write(t, "g", x, g)
	run(t, g)
	if all() != before {
		t.Error("a gradient that is not finite changed the weights")
	}
	bad, err := g.Check()
	if err != nil || bad == nil || bad.Step != -1 || bad.Value != "g" || bad.Index != 17 {
		t.Errorf("Check() = %v, %v, want g[17]", bad, err)
	}
}
