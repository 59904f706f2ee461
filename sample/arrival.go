package sample

import (
	"math"

	"github.com/stillfield/stillfield/field"
)

// Arrival is where the path of a sampler ends if its field is perfect.
type Arrival struct {
	T     float64 // the time of the process that has the noise which is left
	Ratio float64 // of noise to data in the point, b/a
	Far   bool    // Ratio is more than FarRatio: samples will look noisy

	Updates bool // a descent's updates end there; a clock ends where it is told
}

// FarRatio is the noise, as a part of the data, above which a path is said to end
// far from the data. Equilibrium Matching's slower recipe, η = 0.0017, leaves
// 0.0022; a pixel of 256 levels is 0.008 wide.
const FarRatio = 0.05

// Arrival returns where the path of an s without faults ends on p. For a clock
// that is the end it was given. A descent has no end of its own: it takes as many
// updates as it is told, and what they reach is found by taking them.
//
// On the straight path of a datum x and a noise ε the field is f = c x + d ε at
// u = a x + b ε, so an update u − ηf takes ηd(t) from the noise: b(t') = b(t) −
// ηd(t), or in time dt/ds = −d/ḃ, which is −κ(t) for a target κ(ȧ, ḃ). Arrival
// lets the method take its own stages on that one number.
func (s Spec) Arrival(p *field.Process) (Arrival, error) {
	c, err := s.course(p)
	if err != nil {
		return Arrival{}, err
	}
	return c.arrival(p)
}

func (c course) arrival(p *field.Process) (Arrival, error) {
	t := c.spec.End
	switch {
	case c.spec.Clean:
		t = 0
	case !c.method.Clock:
		noise, err := c.noiseLeft(p)
		if err != nil {
			return Arrival{}, err
		}
		t = timeOf(p, c.spec.Start, noise)
		if noise > c.scale {
			t = c.spec.Start
		}
	}
	ratio := p.Schedule.B.Eval(t) / p.Schedule.A.Eval(t)
	return Arrival{T: t, Ratio: ratio, Far: !(ratio <= FarRatio), Updates: !c.method.Clock}, nil
}

// noiseLeft is the amount of noise that the path of a descent ends with.
func (c course) noiseLeft(p *field.Process) (float64, error) {
	t := c.spec.Start
	along := func(f []float64, q Query) error {
		for i, b := range q.Y {
			t = timeNear(p, t, c.spec.Start, math.Abs(b))
			f[i] = math.Copysign(p.Target.D.Eval(t), b) // beyond the datum the field turns round
		}
		return nil
	}
	m, path, h := c.method, c.paths(), OnHost(along, 1).WithMetric(
		func(f, gain []float64, _ Part, q Query) error {
			for i, b := range q.Y {
				t = timeNear(p, t, c.spec.Start, math.Abs(b))
				gain[i] = math.Abs(p.Lambda.Eval(t))
				f[i] = math.Copysign(gain[i]/p.Schedule.B.Eval(t), b) // |λ|∇E_t, of unit noise
			}
			return nil
		})
	form := m.form(path, 0)
	if !form.Noise {
		end, err := follow(h, m, path, []float64{c.scale})
		return math.Abs(end[0]), err
	}
	// Fresh noise is independent of what is left: its amount adds in squares. A point has
	// one register, for what is fresh is in no memory.
	u := []float64{c.scale}
	for st, ok := path.Next(nil); ok; st, ok = path.Next(nil) {
		quiet, z := Stage{Step: st.Step, T: st.T, Ask: st.Ask}, len(st.Set[0])-1
		for _, row := range st.Set {
			quiet.Set = append(quiet.Set, row[:z])
		}
		var err error
		if u, err = follow(h, m, alike([]Stage{quiet})(), u); err != nil {
			return 0, err
		}
		u[0] = math.Hypot(u[0], st.Set[0][z]*math.Sqrt(h.gain[0]))
	}
	return u[0], nil
}

// follow takes points u, one after another, to the end of a path in float64. A method that
// Reads is told the time that its stages have.
func follow(h *Host, m Method, path Path, u []float64) ([]float64, error) {
	n := len(u) / h.dim
	rows := make([]Row, n)
	if err := h.Reserve(m.form(path, 0), n); err != nil {
		return u, err
	}
	if err := h.Begin(u); err != nil {
		return u, err
	}
	draw, told := uint32(0), [3]float64{}
	for st, ok := path.Next(nil); ok; st, ok = path.Next(told[:]) {
		told[2] = st.T
		for i := range rows {
			rows[i] = Row{Stage: st, Sample: uint64(i), Draw: draw}
		}
		if err := h.Step(rows); err != nil {
			return u, err
		}
		draw++
	}
	return h.s[0], nil
}

// timeNear is timeOf for a path that was at time t, where a step or two of Newton's
// method are enough: a long path would be slow otherwise.
func timeNear(p *field.Process, t, hi, noise float64) float64 {
	for range 4 {
		miss := p.Schedule.B.Eval(t) - noise
		if math.Abs(miss) <= 1e-13*noise {
			return t
		}
		t -= miss / p.DB.Eval(t)
		if !(0 <= t && t <= hi) {
			break
		}
	}
	return timeOf(p, hi, noise)
}

// timeOf is the time in [0, hi] at which the schedule has that much noise; b rises.
func timeOf(p *field.Process, hi, noise float64) float64 {
	return rising(p.Schedule.B.Eval, 0, hi, noise)
}

// rising is where in [lo, hi] f, which rises, is v; hi where it is less everywhere.
func rising(f func(t float64) float64, lo, hi, v float64) float64 {
	if !(v < f(hi)) {
		return hi
	}
	for range 60 {
		mid := (lo + hi) / 2
		if f(mid) < v {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// descends refuses a descent that ends with no less noise than it starts with. Langevin
// dynamics is none: it may be asked for points as noisy as those of training.
func (c course) descends(p *field.Process) error {
	if c.method.Clock || c.method.Part == Conformal {
		return nil
	}
	a, err := c.arrival(p)
	if err == nil && !(a.T < c.spec.Start) {
		err = fault("eta", c.spec.Eta, "a step that takes %s from the noise at t = %v to data: on %s/%s"+
			" its path does not get nearer", c.spec.Sampler, c.spec.Start, p.Schedule.Name, p.Target.Name)
	}
	return err
}
