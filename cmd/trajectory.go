package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/geometry/chart"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// trajectoryFlag is --trajectory, with or without a number.
type trajectoryFlag struct{ samples int }

// usualTracks is how many paths --trajectory writes without a number.
const usualTracks = "8"

func (o *trajectoryFlag) add(c *cobra.Command) {
	intVar(c, &o.samples, choice.Param{Name: "trajectory", Default: 0, In: choice.AtLeast(0, "samples"),
		About: "also write the paths of this many samples, " + usualTracks + " without a number: an " +
			"animation, arrays, and charts of ‖f‖, t̂ and the energy along them"})
	c.Flags().Lookup("trajectory").NoOptDefVal = usualTracks
}

// check says before the work that no trajectory can be written to out.
func (o *trajectoryFlag) check(out string) error {
	if o.samples > 0 && sample.AsFile(out) {
		return fmt.Errorf("trajectory: got %d with --out %s, want a directory to write it to", o.samples,
			visible(out))
	}
	return nil
}

// write draws the first samples of s once more on x, for a sample depends on its number
// alone, and writes their paths into the directory of samples, with what look finds along
// them.
func (o *trajectoryFlag) write(ctx context.Context, x sample.Executor, p *field.Process, s sample.Spec,
	dir string, opt sample.Output, look func(t *sample.Trajectory) error) error {
	s.N = min(o.samples, s.N)
	r, err := sample.Record(x, p, s, s.N)
	if err != nil {
		return err
	}
	st := newProgress()
	_, err = sample.Run(ctx, r, p, s, evaluations(st))
	st.done()
	if err != nil {
		return err
	}
	t, err := r.Trajectory()
	if err == nil {
		err = t.Look(x, s.Batch)
	}
	if err == nil {
		err = look(t)
	}
	if err != nil {
		return err
	}
	movie, err := t.Write(dir, opt)
	if err != nil {
		return fmt.Errorf("trajectory: %w", err)
	}
	for _, c := range t.Curves() {
		path := filepath.Join(dir, sample.ChartFile(c.Name))
		err := atomicfile.Replace(path, func(w io.Writer) error { return chart.Write(w, charted(c), "png") })
		if err != nil {
			return fmt.Errorf("trajectory: %s: %w", visible(path), err)
		}
	}
	if movie != "" {
		fmt.Fprintf(os.Stderr, "trajectory: %s\n", visible(movie))
	}
	return nil
}

// ofRun writes the trajectory of samples of f, a field of ck.
func (o *trajectoryFlag) ofRun(ctx context.Context, ck *run.Checkpoint, dev plan.Device, f model.Trained,
	s sample.Spec, dir string, opt sample.Output) error {
	if o.samples == 0 {
		return nil
	}
	x := sample.OnDevice(ctx, dev, f, ck.Point(), ck.Precision())
	defer x.Close()
	if _, err := ck.Reading(ctx, x, s); err != nil {
		return err
	}
	return o.write(ctx, x, ck.Process, s, dir, opt, func(t *sample.Trajectory) error {
		if reader, err := readoutOf(ctx, x, ck, s.Batch); err == nil {
			t.Read(reader)
		} else if ctx.Err() == nil {
			logrus.Warn("trajectory: no t̂: ", err)
		}
		if f.Energy == nil {
			return ctx.Err()
		}
		return t.Energies(ctx, dev, f, ck.Point(), ck.Precision(), s.Batch)
	})
}

// alongExact finds the posterior mean of t and the marginal energy along the paths of an
// exact field. On a datum, where the sampler holds a sample, they are their limits: the least t
// and −∞.
func alongExact(ctx context.Context, a geometry.Known) func(t *sample.Trajectory) error {
	at := a.(interface {
		At(u []float64) (exact.Posterior, error)
	}) // every one of them knows its posterior
	return func(t *sample.Trajectory) error {
		return t.Know(func(u []float64) (noise, energy float64, err error) {
			p, err := at.At(u)
			if on := (&exact.Unresolved{}); errors.As(err, &on) {
				return on.Min, math.Inf(-1), ctx.Err()
			}
			return p.Mean, p.Energy, errors.Join(err, ctx.Err())
		})
	}
}

// readoutOf reads the noise time of a point from the field of x, by the data that it was
// trained on.
func readoutOf(ctx context.Context, x sample.Executor, ck *run.Checkpoint, batch int) (
	readout.Reader, error) {
	src, err := ck.Config.OpenData()
	if err != nil {
		return nil, err
	}
	if got := src.Info().Fingerprint; got != ck.Data {
		return nil, fmt.Errorf("the field was trained on other data: their fingerprint is %s, want %s", got,
			ck.Data)
	}
	return ck.Readout(ctx, x, src, batch)
}

// charted is a curve along the stages, a line for each sample. What is not finite is not drawn.
func charted(c sample.Curve) geometry.Plot {
	p := geometry.Plot{Name: "trajectory", Title: "along the paths of the first samples", X: "stage",
		Y: c.Axis, LogY: c.Log && positive(c.Values)}
	for i, values := range c.Values {
		line := geometry.Line{Name: fmt.Sprint("sample ", i)}
		for q, v := range values {
			if !math.IsInf(v, 0) && !math.IsNaN(v) {
				line.X, line.Y = append(line.X, float64(q)), append(line.Y, v)
			}
		}
		if len(line.X) > 0 {
			p.Lines = append(p.Lines, line)
		}
	}
	return p
}

// positive reports whether all values have a logarithm.
func positive(all [][]float64) bool {
	for _, values := range all {
		for _, v := range values {
			if !(v > 0) {
				return false
			}
		}
	}
	return true
}
