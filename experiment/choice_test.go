package experiment

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/sample"
)

// Every section is sound, and every key of Config is in one.
func TestSections(t *testing.T) {
	for _, s := range Sections() {
		if err := s.Table.Verify(); err != nil {
			t.Errorf("%q: %v", s.Path, err)
		}
	}
	for _, table := range []choice.Table[any]{Rates.Section(), field.Processes.Section()} {
		if err := table.Verify(); err != nil {
			t.Error(err)
		}
	}
	for _, path := range mayChange {
		section, key := "", path
		if i := strings.LastIndex(path, "."); i >= 0 {
			section, key = path[:i], path[i+1:]
		}
		s, _ := At(section)
		known := len(s.Table.Takers(key)) > 0
		for _, p := range s.Table.Common {
			known = known || p.Name == key
		}
		if _, isSection := At(path); !known && !isSection {
			t.Errorf("%s may change, and is no key", path)
		}
	}
}

// A section takes nothing from the kind it had, in whatever order a command line says
// so, and keeps what every kind has.
func TestKindChanges(t *testing.T) {
	const text = "data: {name: rings, dim: 6, size: 0}\nmodel: {kind: mlp, width: 4}\n" +
		"sample: {sampler: nag, steps: 7, mu: 0.5, eta: 0.01}\noptimizer: {lr: 0.5, beta1: 0.25}\n"
	for _, tt := range []struct {
		set           []string
		section, want string
	}{
		{nil, "model", "mlp:depth=4,width=4"},
		{[]string{"model.kind=unet"}, "model", "unet:attention=[],blocks=1,channels=32,heads=1,levels=[1, " +
			"2, 2]"},
		{[]string{"model.channels=8", "model.kind=unet"}, "model",
			"unet:attention=[],blocks=1,channels=8,heads=1,levels=[1, 2, 2]"},
		{[]string{"model.kind=mlp"}, "model", "mlp:depth=4,width=4"},
		{[]string{"model.clock=true", "sample.sampler=heun", "model.kind=unet"}, "model",
			"unet:attention=[],blocks=1,channels=32,clock=true,heads=1,levels=[1, 2, 2]"},
		{[]string{"model=mlp:depth=2"}, "model", "mlp:depth=2,width=512"},
		{[]string{"model.depth=1", "model={kind: mlp, width: 3}"}, "model", "mlp:depth=1,width=3"},
		{[]string{"sample.sampler=heun"}, "sample",
			`heun:batch=64,clean=false,end=0,grid=auto,n=64,seed=0,start=0,steps=7,strength=1`},
		{[]string{"sample.eta=0.02", "sample.sampler=gd"}, "sample",
			"gd:batch=64,count=official,eta=0.02,n=64,readout=auto,seed=0,start=0,steps=7,stop=0," +
				"stop_time=0,strength=1"},
		{[]string{"data.name=idx", "data.path=x"}, "data",
			"idx:flip=false,path=x,size=0,skip_bad=false,split=train"},
		{[]string{"data.path=x", "data.name=mnist"}, "data",
			"mnist:flip=false,path=x,size=0,skip_bad=false,split=train"},
		{[]string{"optimizer.kind=adamw"}, "optimizer",
			"adamw:beta1=0.25,beta2=0.999,clip=1,decay=0,eps=1e-08,lr=0.5,schedule=cosine,warmup=100"},
		{[]string{"field=fm"}, "field.target", "velocity"},
		{[]string{"field.target.gain=2", "field=eqm"}, "field.target", "eqm:cut=0.8,gain=2"},
		{[]string{"field=ddpm", "sample=ddim"}, "field.prior", "uniform:max=1,min=0.001"},
		{[]string{"field.target=eps"}, "field.target", "noise"},
	} {
		c, err := Parse("c.yaml", []byte(text), tt.set)
		if err != nil {
			t.Errorf("%v: %v", tt.set, err)
			continue
		}
		s, _ := At(tt.section)
		said := s.said(c)
		for _, p := range slices.Concat(model.Kinds.Common, sample.Samplers.Common, datasets.Sources.Common) {
			others := []string{"subtract", "divide", "classes", "recompute", "sigma_data", "compose"}
			told := strings.HasPrefix(p.Name, "label") || strings.HasPrefix(p.Name, "guid") ||
				slices.Contains(others, p.Name) ||
				(p.Name == "clock" || p.Name == "energy") && said.Params[p.Name] == p.Default
			if told { // not what this test is about
				delete(said.Params, p.Name)
			}
		}
		if got := said.String(); got != tt.want {
			t.Errorf("%v: got  %s\nwant %s", tt.set, got, tt.want)
		}
		kept, err := c.With(tt.set) // said again it changes nothing
		if err != nil {
			t.Errorf("%v again: %v", tt.set, err)
		} else if diff := sameConfig(c, kept); diff != "" {
			t.Errorf("%v again: %s", tt.set, diff)
		}
	}
}

// What an earlier version kept is read as it was meant; where it was asked for it is
// refused.
func TestParseKept(t *testing.T) {
	const old = "model: {kind: mlp, width: 4, depth: 1}\nsample:\n  sampler: %s\n  n: 64\n  seed: 0\n  " +
		"steps: 250\n" +
		"  batch: 64\n  eta: 0.003\n  mu: 0.3\n  stop: 0\n  count: official\n  start: 0\n  end: 0\n  grid: " +
		"auto\n  clean: false\n"
	for _, sampler := range []string{"gd", "nag", "euler"} {
		text := []byte(fmt.Sprintf(old, sampler))
		c, err := ParseKept("config.yaml", text, nil)
		if err != nil || c.Sample.Sampler != sampler || c.Sample.Steps != 250 {
			t.Errorf("%s: %v, %+v", sampler, err, c)
		}
		if _, err := Parse("config.yaml", text, nil); err == nil {
			t.Errorf("%s: a configuration that is asked for takes keys of other samplers", sampler)
		}
		text = []byte(strings.Replace(fmt.Sprintf(old, sampler), "mu: 0.3", "mu: 0.35", 1))
		c, err = ParseKept("config.yaml", text, nil)
		if err != nil || sampler == "nag" && c.Sample.Mu != .35 {
			t.Errorf("%s with a mu of 0.35: %v, %+v", sampler, err, c)
		}
	}
}

// entryOf draws an entry of a section: its example, or its name alone.
func entryOf(t *rapid.T, s Section) string {
	e := rapid.SampledFrom(s.Table.Entries).Draw(t, s.Path)
	return rapid.SampledFrom([]string{e.Name, e.Example}).Draw(t, "text of "+s.Path)
}

// What a run keeps parses to the same configuration, for entries of every table and
// their examples.
func TestEveryEntryRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var set []string
		for _, s := range Sections() {
			if len(s.Table.Entries) > 0 {
				set = append(set, s.Path+"="+entryOf(t, s))
			}
		}
		if c, err := Parse("c.yaml", nil, set); err == nil {
			roundTrip(t, c)
		}
	})
}

// Every entry of every table, and its example, is in a configuration that is allowed:
// with one of the schedules, targets and samplers there are.
func TestEveryEntryIsAllowed(t *testing.T) {
	schedules, _ := At("field.schedule")
	targets, _ := At("field.target")
	samplers, _ := At("sample")
	allowed := func(set string) (c *Config, err error) {
		for _, schedule := range schedules.Table.Names() {
			for _, target := range targets.Table.Names() {
				for _, sampler := range samplers.Table.Names() {
					c, err = Parse("c.yaml", nil, []string{"field.schedule=" + schedule,
						"field.target=" + target, "sample=" + sampler, set})
					if err == nil {
						return c, nil
					}
				}
			}
		}
		return c, err
	}
	for _, s := range Sections() {
		for _, e := range s.Table.Entries {
			for _, text := range []string{e.Name, e.Example} {
				if c, err := allowed(s.Path + "=" + text); err != nil {
					t.Errorf("%s=%s: allowed nowhere: %v", s.Path, text, err)
				} else {
					roundTrip(t, c)
				}
			}
		}
	}
}

// roundTrip holds what a run keeps of c to c.
func roundTrip(t interface{ Fatalf(string, ...any) }, c *Config) {
	kept, err := c.Encode()
	if err != nil {
		t.Fatalf("%v", err)
	}
	for _, read := range []func(string, []byte, []string) (*Config, error){Parse, ParseKept} {
		back, err := read("config.yaml", kept, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, kept)
		}
		if diff := sameConfig(c, back); diff != "" || len(Differences(c, back)) > 0 {
			t.Fatalf("%s\n%s", diff, kept)
		}
	}
}

// A number is read alike from a file and from an assignment: the same value, or the
// same fault.
func TestNumbersAreReadAlike(t *testing.T) {
	same := func(t interface{ Fatalf(string, ...any) }, key, text string) {
		section, name, _ := strings.Cut(key, ".")
		file := fmt.Sprintf("%s: {%s: %s}\n", section, name, text)
		if name == "" {
			file = key + ": " + text + "\n"
		}
		a, errA := Parse("c.yaml", []byte(file), nil)
		b, errB := Parse("c.yaml", nil, []string{key + "=" + text})
		if (errA == nil) != (errB == nil) {
			t.Fatalf("%s %q: %v from a file, %v from an assignment", key, text, errA, errB)
		}
		if errA == nil && sameConfig(a, b) != "" {
			t.Fatalf("%s %q: %s", key, text, sameConfig(a, b))
		}
		if errA != nil {
			_, fileFault, _ := strings.Cut(errA.Error(), ": ")
			if _, fault, _ := strings.Cut(errB.Error(), ": "); fault != fileFault {
				t.Fatalf("%s %q: %q from a file, %q from an assignment", key, text, fileFault, fault)
			}
		}
	}
	keys := []string{"steps", "seed", "batch", "workers", "optimizer.lr", "optimizer.eps",
		"average.half_life",
		"sample.n", "sample.eta", "model.width"}
	for _, key := range keys {
		for _, text := range []string{"1e3", "-1", "0x10", "0b1", "0o7", "1_000", ".inf", "-.inf", ".nan",
			"007", "1.0", "1e-9",
			"1e400", "true", "null", "'3'", "[1]", "18446744073709551615", "1e-60"} {
			same(t, key, text)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		same(t, rapid.SampledFrom(keys).Draw(t, "key"),
			rapid.StringMatching(`[+-]?[0-9]{0,6}\.?[0-9]{0,4}(e-?[0-9]{1,2})?`).
				Filter(func(s string) bool { return strings.ContainsAny(s, "0123456789.") }).Draw(t,
				"number"))
	})
}
