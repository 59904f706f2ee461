package experiment

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a configuration says of averages, one half-life as every earlier version wrote it.
func TestAverages(t *testing.T) {
	for _, tt := range []struct{ text, names string }{
		{"", "half_life=50000"},
		{"average: {half_life: 200000, ramp: 0.05}", "half_life=200000"},
		{"average: {half_life: 0}", "half_life=0"},
		{"average: {half_life: [50000, 2e5]}", "half_life=50000 half_life=200000"},
		{"average: {std: 0.1}", "half_life=50000 std=0.1"},
		{"average: {std: [0.05, 0.10], half_life: []}", "std=0.05 std=0.1"},
	} {
		c, err := Parse("c.yaml", []byte(tt.text), nil)
		if err != nil {
			t.Fatal(err)
		}
		var names, states []string
		for _, k := range c.Average.Kept() {
			names, states = append(names, k.Name), append(states, k.State)
			if one, err := ParseAverage(k.Name); err != nil || one.Name != k.Name || one.Std != k.Std ||
				one.HalfLife != k.HalfLife || one.State != StateAverage {
				t.Errorf("%s is read as %+v: %v", k.Name, one, err)
			}
		}
		if got := strings.Join(names, " "); got != tt.names || states[0] != StateAverage {
			t.Errorf("%s: keeps %s as %q, want %s", tt.text, got, states, tt.names)
		}
		text, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseKept("kept", text, nil); err != nil || !cmp.Equal(back.Average, c.Average) {
			t.Errorf("%s is kept as %+v: %v", tt.text, back, err)
		}
	}
}

// What is wrong with averages, one line each.
func TestAverageFaults(t *testing.T) {
	const lives = "want half-lives in images below 1e15, each once, or 0 for no average"
	const stds = "want numbers from 0.001 to 0.28, each once"
	for set, want := range map[string]string{
		"average.half_life=-1":         "average.half_life: got [-1], " + lives,
		"average.half_life=[5e4, 5e4]": "average.half_life: got [50000, 50000], " + lives,
		"average.half_life=[1, x]":     "average.half_life: got a list, " + lives,
		"average.half_life=[]": "average.half_life: got [], want a half-life, 0 for no average, or " +
			"average.std",
		"average.std=0.3":           "average.std: got [0.3], " + stds,
		"average.std=0.0001":        "average.std: got [0.0001], " + stds,
		"average.std=[0.1, 0.10]":   "average.std: got [0.1, 0.1], " + stds,
		"average.std=.nan":          `average.std: got ".nan", ` + stds + ", in decimal digits",
		"average.snapshot=-1":       "average.snapshot: got -1, want steps, or 0 for none",
		"average.length=[0.1, 0.2]": "got an unknown key, want one of half_life, ramp, snapshot, std",
	} {
		_, err := Parse("c.yaml", nil, []string{set})
		if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s:\ngot  %v\nwant %s", set, err, want)
		}
	}
	const names = "want half_life= and images, or std= and a number from 0.001 to 0.28"
	for _, name := range []string{"", "ema", "std", "std=", "std=0.29", "half_life=-1", "half_life=[1, 2]",
		"ramp=0.1"} {
		if k, err := ParseAverage(name); err == nil || !strings.HasSuffix(err.Error(), names) {
			t.Errorf("%q is %+v, %v", name, k, err)
		}
	}
}

// A run may go on with snapshots at other steps, and not with other averages.
func TestAverageMayChange(t *testing.T) {
	parse := func(set ...string) *Config {
		c, err := Parse("c.yaml", nil, set)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	old := parse("average.std=0.1")
	if ds := Differences(old, parse("average.std=0.1", "average.snapshot=7")); len(ds) > 0 {
		t.Error(ds)
	}
	if ds := Differences(old, parse("average.std=[0.1, 0.2]")); len(ds) != 1 {
		t.Error(ds)
	}
}
