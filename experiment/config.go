package experiment

import (
	"fmt"
	"path/filepath"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/sample"
)

// Config describes one experiment completely. A file holds what differs from
// Defaults; a run keeps the whole of it. [Sections] says what each key is, what it may
// be and what it is by default; the tags are the keys.
type Config struct {
	Name       string `yaml:"name"`
	Seed       uint64 `yaml:"seed"`
	Steps      int    `yaml:"steps"`
	Batch      int    `yaml:"batch"`
	Accumulate int    `yaml:"accumulate"`
	Reduce     string `yaml:"reduce"`
	Leaves     int    `yaml:"leaves"`
	Device     string `yaml:"device"`
	Workers    int    `yaml:"workers"`
	Precision  string `yaml:"precision"`

	Data      choice.Choice // one of datasets.Sources
	Field     field.Spec
	Model     choice.Choice // one of model.Kinds
	Optimizer Optimizer
	Average   Average
	Sample    sample.Spec
	Log       Log

	Diagnostics Diagnostics
	Eval        Eval

	bases []string                 // that it was said to differ from
	place func(path string) string // where a value stood in its file; nil for none
}

// Log says what a run leaves behind.
type Log struct {
	Every      int `yaml:"every"`
	Pictures   int `yaml:"pictures"`
	Checkpoint int `yaml:"checkpoint"`
	Keep       int `yaml:"keep"`
	Compare    int `yaml:"compare"`
}

// Flip reports whether every other image is mirrored.
func (c *Config) Flip() bool { return c.Data.Params.Bool("flip") }

// Defaults is what a file differs from: a short run of Equilibrium Matching on the
// digits.
func Defaults() Config {
	c, faults := (&draft{}).config()
	if len(faults) > 0 {
		panic("experiment: the defaults of the tables are no configuration: " + faults.Error())
	}
	return *c
}

// SettleData makes the path of the data, if they have one, absolute, so that a run finds
// them from whatever directory it is resumed.
func (c *Config) SettleData() error {
	path, ok := c.Data.Params["path"].(string)
	if !ok || path == "" {
		return nil
	}
	settled, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("experiment: data: %w", err)
	}
	c.Data = c.Data.Clone()
	c.Data.Params["path"] = settled
	return nil
}
