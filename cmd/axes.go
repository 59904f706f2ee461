package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/experiment"
)

const mostCells = 256 // of a sweep

// averageKeys are what chooses an average, which is no change of a configuration.
var averageKeys = []string{"average.std", "average.half_life"}

// axes reads what --sweep was given, key=value,value each: keys of the section sample, which
// sampler is another name of, and the lengths of an average. All faults are found.
func axes(texts []string) (eval.Grid, error) {
	var g eval.Grid
	var faults choice.Faults
	refuse := func(got, want string) { faults.Add("sweep", got, want) }
	for _, text := range texts {
		key, list, _ := strings.Cut(text, "=")
		if rest, ok := strings.CutPrefix(key, "sampler."); ok {
			key = "sample." + rest
		}
		a := eval.Axis{Key: key}
		for _, v := range choice.Split(list) {
			a.Values = append(a.Values, strings.TrimSpace(v))
		}
		again := func(b eval.Axis) bool { return b.Key == key }
		sorted := slices.Sorted(slices.Values(a.Values))
		switch {
		case key == "sample.n", key == "sample.seed":
			refuse(key, "another key: scores of as many points and of the same seeds compare; -n, --seed "+
				"and --seeds are for all of them")
		case !strings.HasPrefix(key, "sample.") && !slices.Contains(averageKeys, key):
			refuse(text, "a key of how points are drawn, like sample.steps=20,50 or average.std=0.05,0.1: "+
				"others are settled by the training")
		case slices.ContainsFunc(g, again):
			refuse(text, "each key once")
		case len(a.Values) == 0 || len(slices.Compact(sorted)) < len(a.Values):
			refuse(text, "values with commas between, each once, like sample.steps=20,50")
		default:
			g = append(g, a)
		}
	}
	if n := g.Cells(); n > mostCells {
		refuse(fmt.Sprintf("%d cells", n), fmt.Sprintf("at most %d", mostCells))
	}
	averages := 0
	for _, a := range g {
		if !slices.Contains(averageKeys, a.Key) {
			continue
		}
		averages++
		for _, v := range a.Values {
			name := strings.TrimPrefix(a.Key, "average.") + "=" + v
			if _, err := experiment.ParseAverage(name); err != nil {
				return nil, err
			}
		}
	}
	if averages > 1 {
		refuse(strings.Join(averageKeys, " and "), "one of them: samples are drawn with one average")
	}
	return g, faults.Err()
}

// settle refuses flags that say again what a sweep sets.
func (o *evalFlags) settle(c *cobra.Command, g eval.Grid) error {
	for _, a := range g {
		name := strings.TrimPrefix(a.Key, "sample.")
		if slices.Contains(averageKeys, a.Key) {
			name = "average"
			if o.weights != "average" {
				return &choice.Fault{Path: "weights", Got: o.weights, Want: "average: it is swept"}
			}
		}
		if f := c.Flag(name); f != nil && f.Changed {
			return &choice.Fault{Path: name, Got: f.Value.String(), Want: "none: it is swept"}
		}
	}
	return nil
}

// split are the assignments of a cell, and the average that it names, "" for none.
func split(cell []eval.Setting) (set []string, average string) {
	for _, s := range cell {
		if slices.Contains(averageKeys, s.Key) {
			average = strings.TrimPrefix(s.Key, "average.") + "=" + s.Value
		} else {
			set = append(set, s.Key+"="+s.Value)
		}
	}
	return set, average
}
