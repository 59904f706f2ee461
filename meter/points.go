package meter

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/plan/philox"
)

// What is drawn for philox.Meter.
const (
	drawNoise uint32 = iota // ε
	drawDatum               // which x, and whether it is mirrored
	drawProbe               // a direction; one for each time from here on
)

// The two sets of points.
const (
	ofData = iota
	ofHeld
)

// names of the sets, in curves.
var setNames = [2]string{"training data", "held-out data"}

// points are draws of (x, ε), and the fields at a x + b ε by time.
type points struct {
	x, eps []float32 // n·dim
	// learned and exact are f and f* at each time, and posterior what u says of it; nil where
	// nobody has asked.
	learned   [][]float32
	exact     [][][]float64
	posterior [][]moments
}

// set is the points of Data or of Held.
func (b *Bench) set(which int) (*points, error) {
	if s := b.sets[which]; s != nil {
		return s, nil
	}
	src := b.Data
	if which == ofHeld {
		src = b.Held
	}
	s, err := b.drawn(src, b.Draws, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setNames[which], err)
	}
	n := len(b.times)
	s.learned, s.exact, s.posterior = make([][]float32, n), make([][][]float64, n), make([][]moments, n)
	b.sets[which] = s
	return s, nil
}

// drawn is n draws of (x, ε), x of src, with the numbers from first on.
func (b *Bench) drawn(src datasets.Source, n int, first uint64) (*points, error) {
	s := &points{x: make([]float32, n*b.dim), eps: make([]float32, n*b.dim)}
	info := src.Info()
	for i := range n {
		x, eps := s.x[i*b.dim:(i+1)*b.dim], s.eps[i*b.dim:(i+1)*b.dim]
		w := philox.Words(b.Seed, first+uint64(i), philox.Draw(philox.Meter, drawDatum), 0)
		if _, err := src.Read(x, int(uint64(w[0])*uint64(info.Count)>>32)); err != nil {
			return nil, err
		}
		if b.Flip && w[1]>>31 == 1 {
			datasets.Mirror(x, info.Shape)
		}
		philox.Normals(eps, b.Seed, first+uint64(i), philox.Draw(philox.Meter, drawNoise))
	}
	return s, nil
}

// mixed is p x + q ε of every draw.
func (b *Bench) mixed(s *points, p, q float64) []float32 {
	u := make([]float32, len(s.x))
	for i, x := range s.x {
		u[i] = float32(p*float64(x) + q*float64(s.eps[i]))
	}
	return u
}

// noisy is u = a x + b ε at time k.
func (b *Bench) noisy(s *points, k int) []float32 {
	c := b.Process.At(b.times[k])
	return b.mixed(s, c.A, c.B)
}

// learned is f at the points of time k.
func (b *Bench) learned(s *points, k int) ([]float32, error) {
	if s.learned[k] != nil {
		return s.learned[k], nil
	}
	if err := context.Cause(b.ctx); err != nil {
		return nil, err
	}
	f := make([]float32, len(s.x))
	if err := b.eval.Eval(f, b.noisy(s, k), b.Draws); err != nil {
		return nil, err
	}
	s.learned[k] = f
	return f, nil
}

// exactly is f* at the points of time k, in float64 at the float32 points that the network
// sees.
func (b *Bench) exactly(s *points, k int) ([][]float64, error) {
	if s.exact[k] != nil {
		return s.exact[k], nil
	}
	if err := b.ready(); err != nil {
		return nil, err
	}
	f := make([][]float64, b.Draws)
	if err := b.atoms.Fields(f, b.wide(b.noisy(s, k)), 0); err != nil {
		return nil, fmt.Errorf("exact field at t = %g: %w", b.times[k], err)
	}
	s.exact[k] = f
	return f, nil
}

// wide is points as the exact field takes them.
func (b *Bench) wide(u []float32) [][]float64 {
	rows := make([][]float64, len(u)/b.dim)
	for i := range rows {
		rows[i] = make([]float64, b.dim)
		for j, v := range u[i*b.dim : (i+1)*b.dim] {
			rows[i][j] = float64(v)
		}
	}
	return rows
}

// ready makes the exact field of the training data, mirrored too where training was, unless the
// bench's context has ended.
func (b *Bench) ready() error {
	if err := context.Cause(b.ctx); err != nil || b.atoms != nil {
		return err
	}
	info := b.Data.Info()
	n := info.Count
	if b.Flip {
		n *= 2
	}
	if err := memory.Fits(16 * uint64(n) * uint64(b.dim)); err != nil {
		return fmt.Errorf("the exact field of %d data of %d values: %w", n, b.dim, err)
	}
	m := exact.Mixture{Points: make([][]float64, 0, n)}
	x := make([]float32, b.dim)
	for i := range info.Count {
		if _, err := b.Data.Read(x, i); err != nil {
			return fmt.Errorf("%s: %w", setNames[ofData], err)
		}
		m.Points = append(m.Points, b.wide(x)...)
		if b.Flip {
			datasets.Mirror(x, info.Shape)
			m.Points = append(m.Points, b.wide(x)...)
		}
	}
	var err error
	b.atoms, err = exact.NewDataset(b.Process, m)
	return err
}
