package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// Config describes one experiment completely. A file holds what differs from
// Defaults; a run keeps the whole of it.
type Config struct {
	Name       string `yaml:"name"`
	Seed       uint64 `yaml:"seed"`
	Steps      int    `yaml:"steps"`      // optimizer steps, in all
	Batch      int    `yaml:"batch"`      // samples a step
	Accumulate int    `yaml:"accumulate"` // parts a batch is taken in: less memory, the same gradient

	Data      Data        `yaml:"data"`
	Field     field.Spec  `yaml:"field"`
	Model     model.Spec  `yaml:"model"`
	Optimizer Optimizer   `yaml:"optimizer"`
	Average   Average     `yaml:"average"`
	Sample    sample.Spec `yaml:"sample"`
	Log       Log         `yaml:"log"`

	Device    string `yaml:"device"`    // auto, cpu, cuda, cuda:k or emu
	Workers   int    `yaml:"workers"`   // of the CPU; 0 takes every core. The result does not depend on it
	Precision string `yaml:"precision"` // float32, tf32 or bf16: what products round their operands to

	locate func(path string) string // where a value stood in its file
}

// Data says what is learnt.
type Data struct {
	datasets.Spec `yaml:",inline"`
	Flip          bool `yaml:"flip"` // mirror every other image
}

// Optimizer is AdamW with a clip on the gradient's norm.
type Optimizer struct {
	LR       float64 `yaml:"lr"`       // at the top of the schedule
	Schedule string  `yaml:"schedule"` // constant, or cosine: to zero over the steps
	Warmup   int     `yaml:"warmup"`   // steps from zero to lr
	Beta1    float64 `yaml:"beta1"`
	Beta2    float64 `yaml:"beta2"`
	Eps      float64 `yaml:"eps"`
	Decay    float64 `yaml:"decay"` // of matrices
	Clip     float64 `yaml:"clip"`  // the largest gradient norm; 0 for none
}

// Average is the exponential moving average of the weights, which samples are
// drawn with. It is measured in images, so that it means the same at any batch.
type Average struct {
	HalfLife float64 `yaml:"half_life"` // images until a weight counts half
	Ramp     float64 `yaml:"ramp"`      // at most this share of the images so far: the average starts young
}

// Log says what a run leaves behind.
type Log struct {
	Every      int `yaml:"every"`      // steps between lines of the log
	Pictures   int `yaml:"pictures"`   // steps between sample grids; 0 only at the end
	Checkpoint int `yaml:"checkpoint"` // steps between checkpoints; 0 only at the end
	Keep       int `yaml:"keep"`       // newest checkpoints that are kept
}

// Defaults is what a file differs from: the default experiment but for its
// name, Equilibrium Matching of the digits.
func Defaults() Config {
	method, err := field.Named("eqm")
	if err != nil {
		panic("train: the default method is missing")
	}
	return Config{
		Name: "run", Steps: 1000, Batch: 128, Accumulate: 1,
		Data:      Data{Spec: datasets.Spec{Name: "digits"}},
		Field:     method,
		Optimizer: Optimizer{LR: 1e-3, Schedule: "cosine", Warmup: 100, Beta1: .9, Beta2: .999, Eps: 1e-8, Clip: 1},
		Average:   Average{HalfLife: 50_000, Ramp: .05},
		Sample:    sample.Defaults(),
		Log:       Log{Every: 10, Checkpoint: 1000, Keep: 2},
		Device:    "auto", Precision: "float32",
	}
}

// precisions are the names of plan's precisions.
var precisions = map[string]plan.Precision{"float32": plan.Float32, "tf32": plan.TF32, "bf16": plan.BFloat16}

// Fault is one thing wrong with a configuration, at a path like optimizer.lr.
type Fault struct{ Path, Got, Want string }

func (f *Fault) Error() string { return fmt.Sprintf("%s: got %s, want %s", f.Path, f.Got, f.Want) }

// check returns every fault that can be seen without the data.
func (c *Config) check() []*Fault {
	var fs []*Fault
	want := func(ok bool, path string, got any, want string) {
		if !ok {
			fs = append(fs, &Fault{path, fmt.Sprint(got), want})
		}
	}
	want(c.Steps >= 1 && c.Steps <= 1<<40, "steps", c.Steps, "at least 1")
	want(c.Batch >= 1 && c.Batch <= 1<<20, "batch", c.Batch, "between 1 and 1048576 samples")
	want(c.Accumulate >= 1 && c.Batch%max(c.Accumulate, 1) == 0, "accumulate", c.Accumulate,
		fmt.Sprintf("a divisor of the batch, %d", c.Batch))
	o := c.Optimizer
	want(o.LR > 0 && o.LR < 10, "optimizer.lr", o.LR, "a number in (0, 10)")
	want(o.Schedule == "constant" || o.Schedule == "cosine", "optimizer.schedule", quote(o.Schedule), "constant or cosine")
	want(o.Warmup >= 0, "optimizer.warmup", o.Warmup, "at least 0 steps")
	want(o.Beta1 >= 0 && o.Beta1 < 1, "optimizer.beta1", o.Beta1, "a number in [0, 1)")
	want(o.Beta2 >= 0 && o.Beta2 < 1, "optimizer.beta2", o.Beta2, "a number in [0, 1)")
	want(o.Eps > 0 && o.Eps < 1, "optimizer.eps", o.Eps, "a number in (0, 1)")
	want(o.Decay >= 0 && o.Decay < 10, "optimizer.decay", o.Decay, "a number in [0, 10)")
	want(o.Clip >= 0, "optimizer.clip", o.Clip, "a positive norm, or 0 for none")
	want(c.Average.HalfLife >= 0 && c.Average.HalfLife < 1e15, "average.half_life", c.Average.HalfLife, "images, or 0 for no average")
	want(c.Average.Ramp > 0 && c.Average.Ramp <= 1e9, "average.ramp", c.Average.Ramp, "a positive share of the images so far")
	want(c.Log.Every >= 1, "log.every", c.Log.Every, "at least 1 step")
	want(c.Log.Pictures >= 0, "log.pictures", c.Log.Pictures, "steps, or 0 for only at the end")
	want(c.Log.Checkpoint >= 0, "log.checkpoint", c.Log.Checkpoint, "steps, or 0 for only at the end")
	want(c.Log.Keep >= 1, "log.keep", c.Log.Keep, "at least 1 checkpoint")
	want(c.Workers >= 0 && c.Workers <= 1024, "workers", c.Workers, "between 0 and 1024")
	_, ok := precisions[c.Precision]
	want(ok, "precision", quote(c.Precision), "float32, tf32 or bf16")
	if _, err := c.Field.Process(); err != nil {
		fs = append(fs, under("field", err)...)
	}
	for _, err := range c.Sample.Check() {
		fs = append(fs, under("sample", err)...)
	}
	return fs
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// under turns errors of another package, "key: got …, want …", into faults of
// the section they are in.
func under(section string, err error) []*Fault {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var fs []*Fault
		for _, e := range joined.Unwrap() {
			fs = append(fs, under(section, e)...)
		}
		return fs
	}
	var path, rest string
	if key, text, ok := strings.Cut(err.Error(), ": got "); ok {
		path, rest = section+"."+key, text
	} else {
		path, rest = section, err.Error()
	}
	got, want, ok := strings.Cut(rest, ", want ")
	if !ok {
		got, want = rest, "something else"
	}
	return []*Fault{{path, got, want}}
}

// resolve spells out what the field's methods leave to their defaults.
func (c *Config) resolve() error {
	f, err := c.Field.Resolve()
	if err != nil {
		return err
	}
	c.Field = f
	c.Model.Levels, c.Model.Attention = slices.Clone(c.Model.Levels), slices.Clone(c.Model.Attention)
	return nil
}
