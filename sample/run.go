package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/stillfield/stillfield/field"
)

// Result is a set of samples.
type Result struct {
	Spec    Spec      // what was asked, with times and grid as they were
	Dim     int       // coordinates of a point
	X       []float32 // N points, one after another
	NFE     []int     // evaluations of the field each point took
	Energy  []float32 // of each point, where Energies has been asked
	Stopped int       // points that finished because ‖f‖ < Stop
	Rows    int       // evaluations that were run for these: those at no sample's point too
	Seconds float64

	most int // stages of a path, 0 where that is its own affair
}

// Run draws samples 0 to s.N−1 as Draw does, into memory: 4·dim + 8 bytes each. progress,
// if there is one, is told how many points have been evaluated in all and at most how many
// will be.
func Run(ctx context.Context, x Executor, proc *field.Process, s Spec,
	progress func(done, bound int)) (*Result, error) {
	begin := time.Now()
	if err := s.holds(x.Dim(), min(s.Batch, s.N), s.N); err != nil {
		return nil, fmt.Errorf("sample: Run: %w", err)
	}
	c, err := s.course(proc)
	if err != nil {
		return nil, fmt.Errorf("sample: Run: %w", err)
	}
	dim := x.Dim()
	m := &inMemory{Result: Result{Spec: c.spec, Dim: dim, X: make([]float32, s.N*dim), NFE: make([]int, s.N)}}
	if !c.method.Adaptive {
		m.most = c.most
	}
	told := 0
	done, err := Draw(ctx, x, proc, s, m, func(p Progress) {
		if progress != nil && p.Evaluations > told {
			told = p.Evaluations
			progress(told, p.Bound)
		}
	})
	if err != nil {
		return nil, err
	}
	m.Rows, m.Seconds = done.Rows, time.Since(begin).Seconds()
	return &m.Result, nil
}

// inMemory is the sink of Run.
type inMemory struct {
	Result
	next int
}

func (m *inMemory) Len() int { return len(m.NFE) }

func (m *inMemory) Next() (int, bool) {
	m.next++
	return m.next - 1, m.next <= len(m.NFE)
}

func (m *inMemory) Put(s Sample) error {
	copy(m.X[s.Number*m.Dim:], s.X)
	m.NFE[s.Number] = s.NFE
	if s.Stopped {
		m.Stopped++
	}
	return nil
}

// course is a Spec made definite for a process.
type course struct {
	method  Method
	process *field.Process
	spec    Spec    // with nothing left to the process
	stop    float64 // ‖f‖ below which a point is finished, 0 for never
	scale   float64 // of the starting noise, b(start)
	keep    float64 // of the points that are given, 0 where samples start from noise alone
	reads   bool    // whether t̂ is needed
	paths   func() Path
	most    int // stages of a path
}

// Fits reports what p does not allow of an s without faults, as a choice.Fault: a start
// or an end outside the range p is trained on, a path that starts on a pole or crosses
// one, a descent that does not get nearer to data.
func (s Spec) Fits(p *field.Process) error {
	_, err := s.course(p)
	return err
}

// course makes s definite for p.
func (s Spec) course(p *field.Process) (course, error) {
	e, full, faults := Samplers.Resolve("", s.Choice(), nil)
	if err := faults.Err(); err != nil {
		return course{}, err
	}
	s.Fill(full)
	m := e.Make
	s, err := s.resolve(m, p)
	if err != nil {
		return course{}, err
	}
	r := Recipe{Spec: s, Process: p}
	if m.Clock {
		if r.Times, err = s.times(m, p); err != nil {
			return course{}, err
		}
	}
	c := course{method: m, process: p, spec: s, stop: s.Stop, scale: p.Schedule.B.Eval(s.Start)}
	c.shorten(&r, p)
	c.paths = m.Path(r)
	_, c.reads = s.Reads()
	if s.Clean {
		kappa, eta := p.Step(s.End, 0)
		last, paths := linear(m.Registers, s.End, kappa, eta), c.paths
		last.Step = len(r.Times)
		for i := range last.Set {
			last.Set[i] = append(last.Set[i], make([]float64, m.form(paths(), 0).terms()-len(last.Set[i]))...)
		}
		c.paths = func() Path { return &followed{Path: paths(), last: last} }
	}
	if s.Given != nil && s.Strength == 0 {
		still := linear(m.Registers, r.Start, 1, 0)
		still.Step, still.Least = 1, 1
		c.paths = alike([]Stage{still})
	}
	first := c.paths()
	c.most = first.Len()
	if m.Adaptive {
		return c, nil
	}
	for st, ok := first.Next(nil); ok; st, ok = first.Next(nil) {
		if !st.finite() {
			return c, fault("start", interval(s.Start, s.End),
				"one on which %s is finite: it is not at %s of %s/%s", s.Sampler, st, p.Schedule.Name,
				p.Target.Name)
		}
	}
	return c, c.descends(p)
}

// MeanNFE is the mean number of evaluations of a point.
func (r *Result) MeanNFE() float64 {
	var sum float64
	for _, n := range r.NFE {
		sum += float64(n)
	}
	return sum / float64(len(r.NFE))
}

// MaxNFE is the largest number of evaluations of a point.
func (r *Result) MaxNFE() int {
	most := 0
	for _, n := range r.NFE {
		most = max(most, n)
	}
	return most
}
