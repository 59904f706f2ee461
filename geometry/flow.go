package geometry

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

func flow() Figure {
	return Figure{Name: "flow",
		About: "the Riemannian gradient flow of the energy beside the whole field: what transport is for",
		Cost:  60, Inputs: Inputs{Seed: 6, Draws: 48, Dims: []int{2, 8, 32}}, compute: computeFlow}
}

// stream is a field that is followed with its transport and without.
type stream struct {
	name  string
	spec  field.Spec
	start float64
	// power is that of b which λ is near data.
	power int
	// drift is which flows have the drift E[c/a] u of the field: the whole field's, and that
	// without transport. Data prediction, f* = D*, is followed as D* − u, which has none.
	drift [2]bool
	// slow is whether the speed is multiplied by E[b|u], so that points come to rest.
	slow bool
}

func streams() []stream {
	const edm, fm = "uniform:min=0.0001,max=2", "uniform:min=0.0001,max=0.98"
	return []stream{
		{name: "EDM noise", spec: process("edm", "noise", edm), start: 2, power: 1, slow: true},
		{name: "EDM data", spec: process("edm", "data", edm), start: 2, power: 2},
		{name: "EqM linear", spec: process("linear", "eqm-linear", fm), start: .98, power: 2,
			drift: [2]bool{true, false}},
		{name: "EqM linear, drift kept", spec: process("linear", "eqm-linear", fm), start: .98, power: 2,
			drift: [2]bool{true, true}},
	}
}

// ground is data to flow to.
type ground struct {
	name    string
	law     exact.Law
	nearest func(u []float64) (distance float64, which int)
	codim   int
	outline []Line
}

func grounds(dims []int) []ground {
	atoms := Line{Marks: true, Ink: 7}
	for _, x := range triangle.Points {
		atoms.X, atoms.Y = append(atoms.X, x[0]), append(atoms.Y, x[1])
	}
	list := []ground{{"three points", triangle, nearestAtom, 2, []Line{atoms}}}
	for _, dim := range dims {
		rings := exact.Lifted{Law: exact.Rings{Radii: radiusOf[:]}, Ambient: dim}
		list = append(list, ground{"two circles", rings, missed, dim - 1, outlines()})
	}
	return list
}

// nearestAtom is the distance of u to the nearest point of the triangle, and which that is.
func nearestAtom(u []float64) (distance float64, which int) {
	distance = math.Inf(1)
	for k, x := range triangle.Points {
		if d := math.Hypot(u[0]-x[0], u[1]-x[1]); d < distance {
			distance, which = d, k
		}
	}
	return distance, which
}

// A point goes flowStep of its way to the data in a step, and never more than flowMost of
// its distance: the natural gradient alone is far longer than the field where transport
// all but cancels it.
const flowStep, flowMost, flowSteps = 0.06, 0.2, 120

// track is one point on its way: where it was, and at each place its distance to the data
// and transport·natural/‖natural‖².
type track struct {
	at              [][]float64
	distance, ratio []float64
	which           int // of the data it ends at
}

// followed takes u along s: way 0 is the whole field, way 1 has no transport term.
func (s stream) followed(a *exact.Blind, g ground, u []float64, way int) (*track, error) {
	t, v := &track{}, make([]float64, len(u))
	for step := 0; ; step++ {
		t.at = append(t.at, append([]float64(nil), u...))
		r, which := g.nearest(u)
		t.distance, t.which = append(t.distance, r), which
		d, err := a.Decompose(u)
		if err != nil {
			return nil, err
		}
		var along, square float64
		for i, v := range d.Natural {
			along, square = along+v*d.Transport[i], square+v*v
		}
		t.ratio = append(t.ratio, along/square)
		if step == flowSteps {
			return t, nil
		}
		h := flowStep * math.Copysign(1, d.Lambda)
		if s.slow {
			h *= math.Abs(d.Lambda)
		}
		for i := range u {
			v[i] = h * d.Natural[i]
			if way == 0 {
				v[i] += h * d.Transport[i]
			}
			if s.drift[way] {
				v[i] += h * d.Drift * u[i]
			}
		}
		short := min(1, flowMost*r/norm(v))
		for i := range u {
			u[i] -= short * v[i]
		}
	}
}

// tracks follows in.Draws points both ways: [0] with the transport term, [1] without.
func (s stream) tracks(ctx context.Context, g ground, in Inputs) (all [2][]*track, err error) {
	p, err := s.spec.Process()
	if err != nil {
		return all, err
	}
	a, err := exact.New(p, g.law)
	if err != nil {
		return all, err
	}
	noise := p.Schedule.B.Eval(s.start)
	for way := range all {
		all[way] = make([]*track, in.Draws)
		err = each(ctx, in.Draws, nil, func(i int) error {
			u := normals(a.Dim(), in.Seed, uint64(i), 0)
			for e := range u {
				u[e] *= noise
			}
			t, err := s.followed(a, g, u, way)
			all[way][i] = t
			return err
		})
		if err != nil {
			return all, fmt.Errorf("%s, %s in %d dimensions: %w", s.name, g.name, a.Dim(), err)
		}
	}
	return all, nil
}

// nearData are the ratios of tracks where their distance, as a part of √D, shows the noise
// to be small beside the data and large beside the prior's least.
func nearData(all [2][]*track, dim int) (ratios []float64) {
	for _, ways := range all {
		for _, t := range ways {
			var sum, n float64
			for k, r := range t.distance {
				if scale := r / math.Sqrt(float64(dim)); 0.003 < scale && scale < 0.03 {
					sum, n = sum+t.ratio[k], n+1
				}
			}
			if n > 0 {
				ratios = append(ratios, sum/n)
			}
		}
	}
	return ratios
}

// ratioLaw is transport/natural near data of that codimension for λ ~ b^power, b = t and a
// uniform prior: −power/2α with 2α = κ − 1. It is NaN where E[b^power|u] depends on the
// prior's other end, for κ − 1 ≤ power.
func ratioLaw(codim, power int) float64 {
	if codim-1 <= power {
		return math.NaN()
	}
	return -float64(power) / float64(codim-1)
}
