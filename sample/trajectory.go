package sample

import (
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/plan"
)

// Trajectory is the paths of samples 0, 1, … of a draw.
type Trajectory struct {
	Dim    int
	Tracks []Track
}

// Track is the path of a sample. It has a frame for each stage, which is where the field
// was asked, and one for where the point has come to.
type Track struct {
	U     []float32 // frames·dim
	T     []float64 // time of each frame's stage, the last one's twice; NaN without a clock
	Label float64   // what the field is told, where it takes a label

	Seen   []readout.Scalars // of the point and its field, where it has been looked at
	Energy []float32         // of the point, nil where the field is the gradient of none
	Noise  []float64         // t̂, the time read from what is seen; nil where nothing can read it

	ended bool
}

// Frames is how many frames there are: as many as the longest path has. A point that has
// come to its end stays there.
func (t *Trajectory) Frames() int {
	most := 0
	for i := range t.Tracks {
		most = max(most, len(t.Tracks[i].T))
	}
	return most
}

// frame is that of frame q in the path of sample i.
func (t *Trajectory) frame(i, q int) int { return min(q, len(t.Tracks[i].T)-1) }

// query has all frames of all paths, one path after another.
func (t *Trajectory) query() (q Query) {
	for i := range t.Tracks {
		p := &t.Tracks[i]
		for _, v := range p.U {
			q.Y = append(q.Y, float64(v))
		}
		for _, time := range p.T {
			q.T, q.Label = append(q.T, time), append(q.Label, p.Label)
		}
	}
	q.N = len(q.T)
	return q
}

// Look asks the field of x, which is the draw's, at every frame, so many at a time.
func (t *Trajectory) Look(x Executor, batch int) error {
	seen, err := Look(x, t.query(), batch)
	for i := range t.Tracks {
		if n := len(t.Tracks[i].T); err == nil {
			t.Tracks[i].Seen, seen = seen[:n:n], seen[n:]
		}
	}
	return err
}

// Read reads the noise time of every frame that has been looked at.
func (t *Trajectory) Read(r readout.Reader) {
	for i := range t.Tracks {
		p := &t.Tracks[i]
		p.Noise = make([]float64, len(p.Seen))
		for q, s := range p.Seen {
			p.Noise[q] = r.Time(s)
		}
	}
}

// Know sets the noise time and the energy of every frame to what is known of its point.
func (t *Trajectory) Know(of func(u []float64) (noise, energy float64, err error)) error {
	q := t.query()
	for i := range t.Tracks {
		p := &t.Tracks[i]
		p.Noise, p.Energy = make([]float64, len(p.T)), make([]float32, len(p.T))
		for k := range p.T {
			noise, energy, err := of(q.Y[:t.Dim])
			if err != nil {
				return fmt.Errorf("sample: Trajectory: frame %d of sample %d: %w", k, i, err)
			}
			p.Noise[k], p.Energy[k] = noise, float32(energy)
			q.Y = q.Y[t.Dim:]
		}
	}
	return nil
}

// Energies finds the energy of every frame, so many at a time, on a device, of the field
// f, which must be the gradient of one.
func (t *Trajectory) Energies(ctx context.Context, dev plan.Device, f Field, point []int,
	precision plan.Precision, batch int) error {
	q := t.query()
	u := make([]float32, 0, len(q.Y))
	for i := range t.Tracks {
		u = append(u, t.Tracks[i].U...)
	}
	energy, err := energiesOf(ctx, dev, f, point, precision, batch, queries{u, narrow(q.T), narrow(q.Label)})
	if err != nil {
		return fmt.Errorf("sample: Trajectory: %w", err)
	}
	for i := range t.Tracks {
		n := len(t.Tracks[i].T)
		t.Tracks[i].Energy, energy = energy[:n:n], energy[n:]
	}
	return nil
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// Names of curves.
const (
	curveNorm, curveTime, curveNoise, curveEnergy = "norm", "time", "noise_time", "energy"
)

// Curve is a number of every frame.
type Curve struct {
	Name   string      // in files
	Axis   string      // on a chart
	Log    bool        // on a logarithmic axis
	Values [][]float64 // of each sample, Frames() of them
}

// Curves are ‖f‖, the time of the stage, t̂ and the energy, as far as the paths have them.
func (t *Trajectory) Curves() []Curve {
	all := []Curve{
		{curveNorm, "‖f‖", true, t.curve(func(p *Track, q int) float64 {
			return math.Sqrt(p.Seen[q].FF * float64(t.Dim))
		})},
	}
	first := &t.Tracks[0]
	if !math.IsNaN(first.T[0]) {
		all = append(all, Curve{curveTime, "t", false,
			t.curve(func(p *Track, q int) float64 { return p.T[q] })})
	}
	if first.Noise != nil {
		all = append(all, Curve{curveNoise, "t̂", false,
			t.curve(func(p *Track, q int) float64 { return p.Noise[q] })})
	}
	if first.Energy != nil {
		all = append(all, Curve{curveEnergy, "energy", false,
			t.curve(func(p *Track, q int) float64 { return float64(p.Energy[q]) })})
	}
	return all
}

// curve is a number of every frame of every sample.
func (t *Trajectory) curve(of func(p *Track, q int) float64) [][]float64 {
	all := make([][]float64, len(t.Tracks))
	for i := range t.Tracks {
		for q := range t.Frames() {
			all[i] = append(all[i], of(&t.Tracks[i], t.frame(i, q)))
		}
	}
	return all
}
