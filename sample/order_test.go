package sample

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/field"
)

// clocks are the methods with a clock that have an order.
func clocks() (ms []Method) {
	for _, m := range ordered() {
		if m.Clock {
			ms = append(ms, m)
		}
	}
	return ms
}

// ordered are the methods that have an order: not those that add noise unasked.
func ordered() (ms []Method) {
	for _, m := range methods() {
		if m.Order > 0 || !m.Noise {
			ms = append(ms, m)
		}
	}
	return ms
}

// plain is s with the steps it is told, and nothing after them.
func plain(s Spec) Spec {
	for key, v := range map[string]any{"tol": 0., "overtime": 0, "beta2": .9} {
		if _, ok := s.Params[key]; ok {
			s.Params[key] = v
		}
	}
	return s
}

// For data N(0, σ_d²) in coordinate d the field that knows t and the path of the
// flow are (theory.md §10)
//
//	f_t = (c a σ² + d b)/(a²σ² + b²) u,   u(t) ∝ √(a²σ² + b²)
var sigmas = []float64{0.25, 0.8, 2}

// gaussian is f_t.
func gaussian(p *field.Process) Eval {
	return func(f []float64, q Query) error {
		for e, y := range q.Y {
			k, v := p.At(q.T[e/len(sigmas)]), sigmas[e%len(sigmas)]*sigmas[e%len(sigmas)]
			f[e] = (k.C*k.A*v + k.D*k.B) / (k.A*k.A*v + k.B*k.B) * y
		}
		return nil
	}
}

// miss is the rms distance, in float64, between where the flow and m end.
func miss(m Method, p *field.Process, s Spec) (float64, error) {
	s, err := plain(s).resolve(m, p)
	if err != nil {
		return 0, err
	}
	times, err := s.times(m, p)
	if err != nil {
		return 0, err
	}
	path := m.Path(Recipe{Spec: s, Process: p, Times: times})()
	u := []float64{0.7, -1.3, 0.4}
	end, err := follow(OnHost(gaussian(p), len(sigmas)), m, path, u)
	var sum float64
	k0, k1 := p.At(s.Start), p.At(s.End)
	for d, x := range end {
		v := sigmas[d] * sigmas[d]
		want := u[d] * math.Sqrt((k1.A*k1.A*v+k1.B*k1.B)/(k0.A*k0.A*v+k0.B*k0.B))
		sum += (x - want) * (x - want)
	}
	return math.Sqrt(sum / float64(len(u))), err
}

// missOfDescent is the same of a descent, which follows du/ds = −f(u) for s = Nη times
// its pace: with f = λ_d u in coordinate d to e^{−λ_d s}. A method with Moments follows
// du/ds = −sign f, before the sign changes.
func missOfDescent(m Method, steps int) (float64, error) {
	way := 0.8
	if m.Moments {
		way = 0.3
	}
	rates := []float64{0.3, 1, 2.5}
	s := with(func(s *Spec) { s.Sampler, s.Steps, s.Count, s.Eta = m.Name, steps, Exact, way/float64(steps) })
	well := func(f []float64, q Query) error {
		for e, y := range q.Y {
			f[e] = rates[e%len(rates)] * y
		}
		return nil
	}
	pace := 1.
	if m.Pace != nil {
		pace = m.Pace(s)
	}
	s.Eta /= pace
	s = plain(s)
	u := []float64{0.7, -1.3, 0.4}
	metric := func(f, _ []float64, _ Part, q Query) error { return well(f, q) }
	x := OnHost(well, len(rates)).WithMetric(metric)
	end, err := follow(x, m, m.Path(Recipe{Spec: s})(), u)
	var sum float64
	for d, x := range end {
		want := u[d] * math.Exp(-rates[d]*way)
		if m.Moments {
			want = u[d] - math.Copysign(way, u[d])
		}
		gap := x - want
		sum += gap * gap
	}
	return math.Sqrt(sum), err
}

// slope fits error ∝ steps^−order over four halvings of the step, of those errors that
// are not a rounding.
func slope(steps int, floor float64, missAt func(steps int) float64) (order float64, errs []float64) {
	const halvings = 4
	var xy, xx float64
	for k := range halvings + 1 {
		if e := missAt(steps << k); e > floor || k < 2 {
			errs = append(errs, e)
		}
	}
	for k, e := range errs {
		x := float64(k) - float64(len(errs)-1)/2
		xy -= x * math.Log2(e)
		xx += x * x
	}
	return xy / xx, errs
}

// problems are what a method is held to its order on: with a clock every schedule
// and target there is, on each grid; without one a descent.
func problems(t *testing.T, m Method) map[string]func(steps int) (float64, error) {
	if !m.Clock {
		return map[string]func(int) (float64, error){
			"well": func(steps int) (float64, error) { return missOfDescent(m, steps) }}
	}
	list := map[string]func(int) (float64, error){}
	for _, schedule := range field.Schedules.Names() {
		for _, target := range field.Targets.Names() {
			prior, grids := uniform(0.2, 0.7), []string{Uniform}
			if schedule == "edm" {
				grids = []string{Uniform, Karras}
			}
			for _, grid := range grids {
				if grid == Karras {
					prior = uniform(0.1, 8)
				}
				p := custom(t, schedule, target, prior)
				if m.valid(with(func(s *Spec) { s.Sampler, s.Start, s.End = m.Name, 0.7, 0.2 }), p) != nil {
					continue
				}
				list[fmt.Sprintf("%s/%s/%s", schedule, target, grid)] = func(steps int) (float64, error) {
					return miss(m, p, with(func(s *Spec) {
						s.Sampler, s.Grid, s.Steps = m.Name, grid,
							steps
					}))
				}
			}
		}
	}
	return list
}

// leastOrder is what a fit of the order of m may come to: the higher it is, the fewer
// halvings there are before errors are roundings.
func leastOrder(m Method) float64 { return float64(m.Order) - max(0.15, 0.08*float64(m.Order)) }

// ordersBelow says which of the problems show an order below what m declares.
func ordersBelow(t *testing.T, m Method) (faults []string) {
	for name, missAt := range problems(t, m) {
		order, errs := slope(64>>max(0, 2*m.Order-6), 1e-13, func(steps int) float64 {
			e, err := missAt(steps)
			if err != nil {
				t.Fatalf("%s, %s: %v", m.Name, name, err)
			}
			return e
		})
		if n := len(errs); m.Order > 4 { // it shows its order late: the finest halving has it
			order = max(order, math.Log2(errs[n-2]/errs[n-1]))
		}
		if !(order > leastOrder(m)) {
			faults = append(faults, fmt.Sprintf("%s: order %.3f, want at least %.2f; errors %.3g",
				name, order, leastOrder(m), errs))
		}
	}
	return faults
}

// Every method has at least the order it declares, in float64. The order is a
// lower bound: some fields suit a method better than it promises.
func TestOrder(t *testing.T) {
	for _, m := range ordered() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			if m.Order < 1 {
				t.Fatalf("order %d", m.Order)
			}
			for _, fault := range ordersBelow(t, m) {
				t.Error(fault)
			}
		})
	}
}

// A coefficient that is wrong is found by what TestOrder asks of every method,
// without its being told where to look: midpoint that goes a third of a step where
// it should go half, and the others likewise.
func TestOrderFindsWrongCoefficients(t *testing.T) {
	tried := 0
	for _, m := range methods() {
		if m.Order < 2 {
			continue
		}
		wrong := m
		wrong.Path = func(r Recipe) func() Path {
			var stages []Stage
			path := m.Path(r)()
			for st, ok := path.Next(nil); ok; st, ok = path.Next(nil) {
				q := *st
				q.Ask = slices.Clone(st.Ask)
				for j := range q.Ask[1:] {
					q.Ask[j+1] *= 2. / 3
				}
				stages = append(stages, q)
			}
			return alike(stages)
		}
		if len(ordersBelow(t, wrong)) == 0 {
			t.Errorf("%s that looks two thirds as far ahead as it should passes", m.Name)
		}
		tried++
	}
	if tried < 3 {
		t.Errorf("%d methods were tried, want heun, midpoint and rk4 at least", tried)
	}
}
