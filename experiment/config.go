package experiment

import (
	"slices"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/sample"
)

// Config describes one experiment completely. A file holds what differs from
// Defaults; a run keeps the whole of it.
type Config struct {
	Name       string `yaml:"name"`
	Seed       uint64 `yaml:"seed"`
	Steps      int    `yaml:"steps"`      // optimizer steps, in all
	Batch      int    `yaml:"batch"`      // samples a step
	Accumulate int    `yaml:"accumulate"` // parts a batch is taken in: less memory, the same gradient but for rounding

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

	place func(path string) string // where a value stood in its file; nil for none
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
		panic("experiment: the default method is missing")
	}
	return Config{
		Name: "run", Steps: 1000, Batch: 128, Accumulate: 1,
		Data:  Data{Spec: datasets.Spec{Name: "digits"}},
		Field: method,
		Optimizer: Optimizer{
			LR: 1e-3, Schedule: "cosine", Warmup: 100, Beta1: .9, Beta2: .999, Eps: 1e-8, Clip: 1,
		},
		Average: Average{HalfLife: 50_000, Ramp: .05},
		Sample:  sample.Defaults(),
		Log:     Log{Every: 10, Checkpoint: 1000, Keep: 2},
		Device:  "auto", Precision: "float32",
	}
}

// resolved is a copy of c that spells out what the field's methods leave to
// their defaults, and shares nothing with c.
func (c *Config) resolved() (*Config, error) {
	f, err := c.Field.Resolve()
	if err != nil {
		return nil, err
	}
	r := *c
	r.Field = f
	r.Model.Levels, r.Model.Attention = slices.Clone(c.Model.Levels), slices.Clone(c.Model.Attention)
	return &r, nil
}
