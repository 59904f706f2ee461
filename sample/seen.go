package sample

import (
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field/readout"
)

// How t̂ is read from the points that a sampler sees.
const (
	FittedReadout = "fit"       // by a readout.Fitted of the field that is drawn from
	NormReadout   = "norm"      // by readout.Norm, from ‖f‖ alone
	Posterior     = "posterior" // E[t|u], of an exact field
)

var (
	readouts = choice.Param{Name: "readout", Default: Auto,
		In: choice.Words(Auto, FittedReadout, NormReadout, Posterior),
		About: "what reads t̂: fit, to the field on its data; norm, ‖f‖ by theory; posterior, of an exact" +
			" field; auto for that or fit"}
	stopTime = choice.Param{Name: "stop_time", Default: 0., In: choice.NotBelow0,
		About: "a point is finished where t̂, the noise level it is read to have, is below this; 0 for never"}
)

// Reads reports whether s needs t̂, for which its executor must be given a reader, and of
// which kind: one of the words for it, or Auto.
func (s Spec) Reads() (kind string, needed bool) {
	m, _ := find(s.Sampler)
	return s.Readout, m.Reads || s.StopTime > 0
}

// errNoReader is said before the work.
var errNoReader = errors.New("sample: the sampler or stop_time needs t̂, and the executor has nothing to" +
	" read it with")

// ReadBy lets t̂ be read by r.
func (h *Host) ReadBy(r readout.Reader) { h.times = readWith(h.Scalars, r, &h.seen) }

// ReadPoints lets t̂ be found of the points themselves: t has as many numbers as y, which
// are points one after another, has points.
func (h *Host) ReadPoints(f func(t, y []float64) error) {
	h.times = func(t []float64) error { return f(t, h.y[:len(t)*h.dim]) }
}

// ReadBy lets t̂ be read by r.
func (w *Compiled) ReadBy(r readout.Reader) { w.times = readWith(w.Scalars, r, &w.seen) }

// readWith is t̂ by r of what scalars sees, with a place to keep that.
func readWith(scalars func([]readout.Scalars) error, r readout.Reader,
	seen *[]readout.Scalars) func(t []float64) error {
	return func(t []float64) error {
		if len(*seen) < len(t) {
			*seen = make([]readout.Scalars, len(t))
		}
		if err := scalars((*seen)[:len(t)]); err != nil {
			return err
		}
		for i := range t {
			t[i] = r.Time((*seen)[i])
		}
		return nil
	}
}

// Times sets t to t̂ of each point.
func (h *Host) Times(t []float64) error {
	if h.times == nil {
		return errNoReader
	}
	if len(t) == 0 {
		return nil
	}
	return h.times(t)
}

// Times sets t to t̂ of each point.
func (w *Compiled) Times(t []float64) error {
	if w.times == nil {
		return errNoReader
	}
	return w.times(t)
}

// Scalars sets s to what is seen of each point.
func (h *Host) Scalars(s []readout.Scalars) error {
	for i := range s {
		s[i] = readout.Of(h.y[i*h.dim:(i+1)*h.dim], h.f[i*h.dim:(i+1)*h.dim])
	}
	return nil
}

// Scalars sets s to what is seen of each point, in sums of float32.
func (w *Compiled) Scalars(s []readout.Scalars) error {
	if len(s) == 0 {
		return nil
	}
	if !w.form.Scalars {
		return fmt.Errorf("sample: Compiled: Scalars: the form has none")
	}
	for _, of := range []struct {
		name string
		to   func(s *readout.Scalars) *float64
	}{
		{outPoint, func(s *readout.Scalars) *float64 { return &s.UU }},
		{outProduct, func(s *readout.Scalars) *float64 { return &s.UF }},
		{outNorms, func(s *readout.Scalars) *float64 { return &s.FF }},
	} {
		if err := w.now.Read(of.name, w.norms[:w.size]); err != nil {
			return err
		}
		for i := range s {
			*of.to(&s[i]) = float64(w.norms[w.rows[i]]) / float64(w.dim)
		}
	}
	return nil
}

// see reads t̂ of each point into w.times, where it is needed.
func (w *batch) see() error {
	if !w.course.reads {
		return nil
	}
	times := w.times[:len(w.live)]
	if err := w.x.Times(times); err != nil {
		return w.failed(err)
	}
	for j, t := range times {
		if math.IsNaN(t) {
			return fmt.Errorf("%v: t̂ = %v: %w", &w.live[j], t, ErrNotFinite)
		}
	}
	return nil
}

// finished reports whether point j, at which w has looked, is so near the data that it is
// done with.
func (w *batch) finished(j int) bool {
	return w.norms[j] < w.course.stop || w.course.reads && w.times[j] < w.course.spec.StopTime
}
