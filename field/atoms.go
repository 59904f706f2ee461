package field

import (
	"fmt"
	"math"
)

// Mixture is a data distribution: points with weights, each blurred by a
// normal of deviation Jitter in every direction. Jitter 0 leaves atoms.
type Mixture struct {
	Points  [][]float64 // K points of one dimension
	Weights []float64   // K positive numbers, normalised here; nil for equal ones
	Jitter  float64
}

// Atoms is the exact field of a Mixture under a Process, with no network: every
// average over (t, point) given u is a sum with weights
//
//	W_ik ∝ q_i w(t_i) p(t_i) π_k N(u; a_i x_k, v_i I),   v = a² jitter² + b²
//
// over Gauss–Legendre nodes t_i. It is immutable and safe for concurrent use;
// a call costs O(nodes·K + K·dim) time and nodes·K memory.
type Atoms struct {
	Process *Process
	data    Mixture
	logPi   []float64
	norm2   []float64 // ‖x_k‖²
	nodes   []instant
}

// instant is one quadrature node with all that depends on t alone.
type instant struct {
	Coefficients
	logMass       float64 // log q w p, normalised to Σ = 1
	variance      float64 // v
	jitter2       float64
	lambda, drift float64
}

// NewAtoms prepares the exact field of data under p. Its panels are fine enough
// for the narrowest posterior the dimension D allows, of relative width
// 1/√(2D): the field is then exact to rounding, measured up to D = 3072. It has
// about 2400 nodes up to D = 144, and their number grows like √D from there.
func NewAtoms(p *Process, data Mixture) (*Atoms, error) {
	dim := 1
	if len(data.Points) > 0 {
		dim = max(dim, len(data.Points[0]))
	}
	return NewAtomsRatio(p, data, max(0x1p-10, min(0.25, 3/math.Sqrt(float64(dim)))))
}

// NewAtomsRatio is NewAtoms with quadrature panels at most ratio times their
// distance to the ends of the schedule wide. Halving it doubles the cost.
func NewAtomsRatio(p *Process, data Mixture, ratio float64) (*Atoms, error) {
	if err := data.check(); err != nil {
		return nil, err
	}
	if !(0x1p-10 <= ratio && ratio <= 1) {
		return nil, fmt.Errorf("field: NewAtoms: got ratio %v, want a number in [2⁻¹⁰, 1]", ratio)
	}
	if q := p.Prior; !(0 <= q.Min && q.Min < q.Max && q.Max <= p.Schedule.End && q.Max <= math.MaxFloat64) {
		return nil, fmt.Errorf("field: NewAtoms: got a prior on [%v, %v], want a range within [0, %v]",
			q.Min, q.Max, p.Schedule.End)
	}
	a := &Atoms{Process: p, data: data, logPi: data.logWeights()}
	for _, x := range data.Points {
		a.norm2 = append(a.norm2, dot(x, x))
	}
	edges := panels(p.Prior.Min, p.Prior.Max, p.Schedule.End, ratio)
	z, w := legendre(nodesPerPanel)
	effective := p.Prior.Effective()
	var total float64
	for i := range len(edges) - 1 {
		half := (edges[i+1] - edges[i]) / 2
		for j := range z {
			n := a.node(edges[i] + half*(1+z[j]))
			mass := half * w[j] * effective.Eval(n.T)
			total += mass
			n.logMass = math.Log(mass)
			a.nodes = append(a.nodes, n)
		}
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return nil, fmt.Errorf("field: NewAtoms: w(t)p(t) = %v integrates to %v over [%g, %g], "+
			"want a positive number", effective, total, p.Prior.Min, p.Prior.Max)
	}
	for i := range a.nodes {
		a.nodes[i].logMass -= math.Log(total)
	}
	return a, nil
}

// node evaluates the process at t; its mass is 1.
func (a *Atoms) node(t float64) instant {
	k, s := a.Process.At(t), a.data.Jitter
	return instant{
		Coefficients: k,
		jitter2:      s * s,
		variance:     k.A*k.A*s*s + k.B*k.B,
		lambda:       a.Process.Lambda.Eval(t),
		drift:        a.Process.Drift.Eval(t),
	}
}

// Dim is the dimension of the data.
func (a *Atoms) Dim() int { return len(a.data.Points[0]) }

// Data is the mixture the field belongs to.
func (a *Atoms) Data() Mixture { return a.data }

func (m Mixture) check() error {
	if len(m.Points) == 0 || len(m.Points[0]) == 0 {
		return fmt.Errorf("field: Mixture: got no points, want at least one of dimension at least 1")
	}
	for k, x := range m.Points {
		if len(x) != len(m.Points[0]) {
			return fmt.Errorf("field: Mixture: point %d has dimension %d, want that of point 0, %d",
				k, len(x), len(m.Points[0]))
		}
		for j, v := range x {
			if !AnyNumber.Has(v) {
				return fmt.Errorf("field: Mixture: point %d has coordinate %d = %v, want %s",
					k, j, v, AnyNumber.Want)
			}
		}
	}
	if m.Weights != nil && len(m.Weights) != len(m.Points) {
		return fmt.Errorf("field: Mixture: got %d weights, want %d or none", len(m.Weights), len(m.Points))
	}
	for k, w := range m.Weights {
		if !Positive.Has(w) {
			return fmt.Errorf("field: Mixture: weight %d is %v, want %s", k, w, Positive.Want)
		}
	}
	if !NotBelow0.Has(m.Jitter) {
		return fmt.Errorf("field: Mixture: jitter is %v, want %s", m.Jitter, NotBelow0.Want)
	}
	return nil
}

// logWeights is log π_k.
func (m Mixture) logWeights() []float64 {
	log := make([]float64, len(m.Points))
	if m.Weights == nil {
		for k := range log {
			log[k] = -math.Log(float64(len(log)))
		}
		return log
	}
	var total float64
	for _, w := range m.Weights {
		total += w
	}
	for k, w := range m.Weights {
		log[k] = math.Log(w / total)
	}
	return log
}

func dot(x, y []float64) float64 {
	var s float64
	for i, v := range x {
		s += v * y[i]
	}
	return s
}
