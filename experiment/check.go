package experiment

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
)

// located joins faults, each with the place of its value.
func (c *Config) located(faults choice.Faults) error {
	errs := make([]error, len(faults))
	for i, fault := range faults {
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
	src, err := datasets.Open(c.Data)
	if faults, ok := choice.FaultsOf(err); ok { // what is wrong with the section has a place in it
		return nil, c.located(faults.Under("data"))
	}
	return src, err
}

// DescribeData is what can be known of the data that c names: where their shape does not
// depend on their files, without these.
func (c *Config) DescribeData() (datasets.Info, error) {
	info, err := datasets.Describe(c.Data)
	if faults, ok := choice.FaultsOf(err); ok {
		return info, c.located(faults.Under("data"))
	}
	return info, err
}

// CheckData reports what of c does not suit data of that kind.
func (c *Config) CheckData(info datasets.Info) error {
	var faults choice.Faults
	faults.Want(!c.Flip() || info.Image, "data.flip", true, "false: "+info.Name+" are points, not images")
	classes := c.Model.Params.Int("classes")
	faults.Want(classes == 0 || classes == info.Classes, "model.classes", classes,
		fmt.Sprintf("0, or the %d classes of %s", info.Classes, info.Name))
	return c.located(faults)
}

// Decoders is how many goroutines read data of that kind: no more than the workers that c asks
// for, 0 for as many as suit the data.
func (c *Config) Decoders(info datasets.Info) int {
	if info.Decodes {
		return c.Workers
	}
	return 0
}
