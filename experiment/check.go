package experiment

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
)

// Fault is one thing wrong with a configuration, at a path like optimizer.lr.
type Fault struct{ Path, Got, Want string }

func (f *Fault) Error() string { return fmt.Sprintf("%s: got %s, want %s", f.Path, f.Got, f.Want) }

// What a configuration may ask for. Sample numbers are counted in two float32,
// exact below 2⁴⁸ = MaxSteps·maxBatch.
const (
	MaxSteps   = 1 << 28
	maxBatch   = 1 << 20
	maxEvery   = 1 << 20 // steps between lines: the device keeps the losses of all of them
	maxWeights = 1 << 31
)

// faults collects what is wrong with a configuration.
type faults []*Fault

func (f *faults) want(ok bool, path string, got any, want string) {
	if !ok {
		*f = append(*f, &Fault{path, fmt.Sprint(got), want})
	}
}

// under adds errors of another package, "key: got …, want …", as faults of the
// section they are in.
func (f *faults) under(section string, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			f.under(section, e)
		}
		return
	}
	path, rest := section, err.Error()
	if key, text, ok := strings.Cut(rest, ": got "); ok {
		path, rest = section+"."+key, text
	}
	got, want, ok := strings.Cut(rest, ", want ")
	if !ok {
		want = "something else"
	}
	*f = append(*f, &Fault{path, got, want})
}

// check returns every fault that can be seen without the data.
func (c *Config) check() faults {
	var f faults
	f.want(validName(c.Name), "name", quote(c.Name), `the name of a directory, without / \ :`)
	f.want(c.Steps >= 1 && c.Steps <= MaxSteps, "steps", c.Steps, "between 1 and 268435456")
	f.want(c.Batch >= 1 && c.Batch <= maxBatch, "batch", c.Batch, "between 1 and 1048576 samples")
	f.want(c.Accumulate >= 1 && c.Batch%max(c.Accumulate, 1) == 0, "accumulate", c.Accumulate,
		fmt.Sprintf("a divisor of the batch, %d", c.Batch))
	f.want(c.Workers >= 0 && c.Workers <= 1024, "workers", c.Workers, "between 0 and 1024")
	_, ok := plan.ParsePrecision(c.Precision)
	f.want(ok, "precision", quote(c.Precision), plan.ListPrecisions(plan.Precisions()))
	c.Optimizer.check(&f)
	a := c.Average
	f.want(a.HalfLife >= 0 && a.HalfLife < 1e15, "average.half_life", a.HalfLife,
		"images below 1e15, or 0 for no average")
	f.want(a.Ramp > 0 && a.Ramp <= 1e9, "average.ramp", a.Ramp, "a positive share of the images so far")
	c.Log.check(&f)

	var names []string
	for _, k := range datasets.Kinds() {
		names = append(names, k.Name)
	}
	f.want(slices.Contains(names, c.Data.Name), "data.name", quote(c.Data.Name),
		"one of "+strings.Join(names, ", "))
	proc, err := c.Field.Process()
	if err != nil {
		f.under("field", err)
	}
	// Networks are judged on an image that can be halved as often as any may
	// ask. Where attention stands is a question of the real size.
	_, errs := model.New(c.Model, []int{1 << 16, 1 << 16, 1})
	for _, err := range errs {
		if !strings.HasPrefix(err.Error(), "attention:") {
			f.under("model", err)
		}
	}
	errs = c.Sample.Check()
	for _, err := range errs {
		f.under("sample", err)
	}
	if proc != nil && len(errs) == 0 {
		if err := c.Sample.Fits(proc); err != nil { // before the training, not after it
			f.under("sample", err)
		}
	}
	return f
}

func (o Optimizer) check(f *faults) {
	f.want(o.LR > 0 && o.LR < 10, "optimizer.lr", o.LR, "a number in (0, 10)")
	f.want(o.Schedule == "constant" || o.Schedule == "cosine", "optimizer.schedule",
		quote(o.Schedule), "constant or cosine")
	f.want(o.Warmup >= 0, "optimizer.warmup", o.Warmup, "at least 0 steps")
	f.want(o.Beta1 >= 0 && o.Beta1 < 1, "optimizer.beta1", o.Beta1, "a number in [0, 1)")
	f.want(o.Beta2 >= 0 && o.Beta2 < 1, "optimizer.beta2", o.Beta2, "a number in [0, 1)")
	f.want(o.Eps > 0 && o.Eps < 1, "optimizer.eps", o.Eps, "a number in (0, 1)")
	f.want(o.Decay >= 0 && o.Decay < 10, "optimizer.decay", o.Decay, "a number in [0, 10)")
	f.want(o.Clip >= 0 && o.Clip <= math.MaxFloat32, "optimizer.clip", o.Clip,
		"a positive norm, or 0 for none")
}

func (l Log) check(f *faults) {
	f.want(l.Every >= 1 && l.Every <= maxEvery, "log.every", l.Every, "between 1 and 1048576 steps")
	f.want(l.Pictures >= 0, "log.pictures", l.Pictures, "steps, or 0 for only at the end")
	f.want(l.Checkpoint >= 0, "log.checkpoint", l.Checkpoint, "steps, or 0 for only at the end")
	f.want(l.Keep >= 1, "log.keep", l.Keep, "at least 1 checkpoint")
}

// validName reports whether s can be the name of a run's directory.
func validName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) && !strings.ContainsAny(s, "/\\:\x00\n")
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// located joins faults, each with the place of its value.
func (c *Config) located(f faults) error {
	if len(f) == 0 {
		return nil
	}
	errs := make([]error, len(f))
	for i, fault := range f {
		place := "experiment"
		if c.place != nil {
			place = c.place(fault.Path)
		}
		errs[i] = fmt.Errorf("%s: %w", place, fault)
	}
	return errors.Join(errs...)
}

// OpenData opens the data that c names.
func (c *Config) OpenData() (datasets.Source, error) {
	src, err := datasets.Open(c.Data.Spec)
	if err == nil {
		return src, nil
	}
	errs := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		errs = joined.Unwrap()
	}
	for i, e := range errs { // what is wrong with the section has a place in it
		text, isFault := strings.CutPrefix(e.Error(), "datasets: Open: ")
		if !isFault {
			text, isFault = strings.CutPrefix(text, "datasets: NewRings: ")
		}
		if isFault {
			var f faults
			f.under("data", errors.New(text))
			errs[i] = c.located(f)
		}
	}
	return nil, errors.Join(errs...)
}

// CheckData reports what of c does not suit data of that kind.
func (c *Config) CheckData(info datasets.Info) error {
	if c.Data.Flip && !info.Image {
		points := info.Name + " are points, not images"
		return c.located(faults{{"data.flip", "true", "false: " + points}})
	}
	return nil
}
