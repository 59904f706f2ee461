package experiment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/sample"
)

const aModel = "model: {kind: mlp, width: 4}\n"

// parseFaults are bad files, whole: what they are and every line that is said of them.
var parseFaults = []struct {
	name, text string
	set        []string
	want       []string
}{
	{"good", aModel, nil, nil},
	{"nothing", "", nil, nil},
	{"several at once", "steps: 0\noptimizer: {lr: -1, beta1: 1}\nbatsh: 3\n" + aModel, nil, []string{
		"c.yaml:3:1: batsh: got an unknown key, want one of accumulate, average, batch, data, device, " +
			"diagnostics, eval, field, leaves, log, " +
			"model, name, optimizer, precision, reduce, sample, seed, steps, workers: batch is the nearest",
		"c.yaml:1:8: steps: got 0, want between 1 and 268435456",
		"c.yaml:2:17: optimizer.lr: got -1, want a number in (0, 10)",
		"c.yaml:2:28: optimizer.beta1: got 1, want a number in [0, 1), also as float32",
	}},
	{"every section", aModel + `name: a/b
batch: 9
accumulate: 2
precision: float64
workers: -1
data: {name: digts}
field: {target: "eqm:cut=1.2", prior: {kind: uniform, max: 2}}
average: {half_life: .nan, ramp: 0}
sample: {sampler: verlet, n: 0}
log: {every: 0, pictures: -1, checkpoint: -1, keep: 0}
`, nil, []string{
		`c.yaml:2:7: name: got "a/b", want the name of a directory, without / \ :`,
		"c.yaml:6:10: workers: got -1, want between 0 and 1024",
		`c.yaml:5:12: precision: got "float64", want float32, tf32 or bf16`,
		`c.yaml:7:14: data.name: got "digts", want ` + choice.OneOf("digts", datasets.Sources.Names()),
		`c.yaml:9:22: average.half_life: got ".nan", want half-lives in images below 1e15, each once, ` +
			`or 0 for no average, in decimal digits`,
		"c.yaml:9:34: average.ramp: got 0, want a positive share of the images so far",
		`c.yaml:10:19: sample.sampler: got "verlet", want ` + choice.OneOf("verlet", sample.Samplers.Names()),
		"c.yaml:10:30: sample.n: got 0, want between 1 and 1073741824 points",
		"c.yaml:11:14: log.every: got 0, want between 1 and 1048576 steps",
		"c.yaml:11:27: log.pictures: got -1, want steps, or 0 for only at the end",
		"c.yaml:11:43: log.checkpoint: got -1, want steps, or 0 for only at the end",
		"c.yaml:11:53: log.keep: got 0, want at least 1 checkpoint",
		"c.yaml:4:13: accumulate: got 2, want a divisor of the batch, 9",
		"c.yaml:8:17: field.target.cut: got 1.2, want a number in [0, 1)",
		"c.yaml:8:60: field.prior.max: got 2, want at most 1, where linear ends",
	}},
	{"the model", "model: {kind: mlp, width: 0, heads: 2}", nil, []string{
		"c.yaml:1:27: model.width: got 0, want between 1 and 65536 hidden units",
		`c.yaml:1:37: model.heads: got "2", want no heads: mlp takes none, dit or unet does`,
	}},
	{"a word for a number", "steps: many\n" + aModel, nil,
		[]string{`c.yaml:1:8: steps: got "many", want between 1 and 268435456`}},
	{"a fraction", "batch: 2.5\n" + aModel, nil,
		[]string{`c.yaml:1:8: batch: got "2.5", want between 1 and 1048576 samples`}},
	{"a negative seed", "seed: -1\n" + aModel, nil,
		[]string{`c.yaml:1:7: seed: got "-1", want a whole number ≥ 0`}},
	{"a negative seed with a point", "seed: -1.0\n" + aModel, nil,
		[]string{`c.yaml:1:7: seed: got "-1.0", want a whole number ≥ 0`}},
	{"too large", "steps: 1e30\n" + aModel, nil,
		[]string{`c.yaml:1:8: steps: got "1e30", want between 1 and 268435456`}},
	{"no value", "steps:\n" + aModel, nil, []string{"c.yaml:1:7: steps: got nothing, want between 1 and " +
		"268435456"}},
	{"a list", "optimizer: [1]\n" + aModel, nil,
		[]string{"c.yaml:1:12: optimizer: got a list, want a section with keys"}},
	{"a section", "steps: {a: 1}\n" + aModel, nil,
		[]string{"c.yaml:1:8: steps: got a section, want between 1 and 268435456"}},
	{"levels", "model: {kind: unet, channels: 4, levels: [1, x], blocks: 1, heads: 1}", nil, []string{
		"c.yaml:1:42: model.levels: got a list, want between 1 and 16 multiples of channels, like [1, " +
			"2, 2], " +
			"each between 1 and 64",
	}},
	{"twice", "steps: 3\nsteps: 4\n" + aModel, nil, []string{"c.yaml:2:1: steps: got it twice, want it " +
		"once"}},
	{"text only", "hello", nil, []string{`c.yaml:1:1: configuration: got "hello", want a section with ` +
		`keys`}},
	{"not yaml", "steps: 3\n  batch: 4\n" + aModel, nil,
		[]string{"c.yaml:2: mapping values are not allowed in this context"}},
	{"two documents", aModel + "---\n" + aModel, nil,
		[]string{"c.yaml:2:1: got a second document, want one"}},
	{"an alias", "name: &a x\ndevice: *a\n" + aModel, nil,
		[]string{"c.yaml:2:9: device: got an alias, which is not read, want auto, cpu, cuda, cuda:K or " +
			"emu"}},
	{"merged", "optimizer: &o {lr: 1e-3}\naverage:\n  <<: *o\n" + aModel, nil,
		[]string{"c.yaml:3:3: average.<<: got an unknown key, want one of half_life, ramp, " +
			"snapshot, std"}},
	{"a list for a key", "[1]: 2\n" + aModel, nil,
		[]string{"c.yaml:1:1: got a list for a key, want a word"}},
	{"no such method", "field: {schedule: linaer}\n" + aModel, nil, []string{
		`c.yaml:1:19: field.schedule.kind: got "linaer", want one of linear, edm, vp, vp-sde, cosine, ` +
			`trig: linear is the nearest`}},
	{"no such parameter", "field: {target: {kind: eqm, gian: 4}}\n" + aModel, nil,
		[]string{"c.yaml:1:29: field.target.gian: got an unknown key, want one of cut, gain, kind: " +
			"gain is the nearest"}},
	{"parameter text", "field: {target: {kind: eqm, gain: x}}\n" + aModel, nil,
		[]string{`c.yaml:1:35: field.target.gain: got "x", want a finite number > 0`}},
	{"half a parameter", "field: {target: 'eqm:gain'}\n" + aModel, nil,
		[]string{`c.yaml:1:17: field.target: ` +
			`got "eqm:gain", want a name, or a name with parameters like eqm:gain=4,cut=0.8, or a ` +
			`section`}},
	{"a sampler the field does not allow",
		"field: {target: data}\nsample: {sampler: gd}\n" + aModel, nil, []string{
			`c.yaml:2:19: sample.sampler: got "gd", want one with a clock: gd follows −f, and the field of ` +
				`linear/data points to the data`}},
	{"set", aModel, []string{"optimizer.lr=0", "optimizer.lrr=0", "x", "=3", "steps=", "name=[",
		"batch=null"}, []string{
		"command line: optimizer.lrr: got an unknown key, want one of beta1, beta2, clip, decay, eps, " +
			"kind, lr, " +
			"schedule, warmup: lr is the nearest",
		`command line: got "x", want key=value, like optimizer.lr=1e-3`,
		`command line: got "=3", want key=value, like optimizer.lr=1e-3`,
		`command line: got "steps=", want key=value, like optimizer.lr=1e-3`,
		`command line: name: got "[", want a text in quotes, a list like [1, 2] or ` +
			`a section like {kind: mlp}`,
		"command line: batch: got nothing, want between 1 and 1048576 samples",
		"command line: optimizer.lr: got 0, want a number in (0, 10)",
	}},
	{"set over the file", "optimizer: {lr: -1, beta1: 1}\n" + aModel, []string{"optimizer.lr=20"},
		[]string{
			"command line: optimizer.lr: got 20, want a number in (0, 10)",
			"c.yaml:1:28: optimizer.beta1: got 1, want a number in [0, 1), also as float32",
		}},
	{"large", strings.Repeat("#", MaxConfig) + "\n", nil,
		[]string{"c.yaml: got 65537 bytes, want at most 65536"}},
}

func TestParseFaults(t *testing.T) {
	for _, tt := range parseFaults {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("c.yaml", []byte(tt.text), tt.set)
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A thousand faults are counted, not listed.
func TestParseManyFaults(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "k%d: 1\n", i)
	}
	_, err := Parse("c.yaml", []byte(b.String()), []string{"model.kind=mlp", "model.width=4"})
	got := strings.Split(err.Error(), "\n")
	if n := len(got); n != maxFaults+1 || got[n-1] != "c.yaml: 950 more faults" {
		t.Errorf("%d lines, the last %q", n, got[n-1])
	}
}

// Values reach their places, by way of a file and of --set, whatever the form.
func TestParseValues(t *testing.T) {
	c := parse(t, "steps=1e3", "optimizer.lr=2e-3", "seed=7", "field.target={kind: eqm, gain: 2}", "name=9")
	got := []any{c.Steps, c.Optimizer.LR, c.Seed, c.Field.Target.String(), c.Name, c.Batch,
		c.Optimizer.Params.Float("beta1")}
	want := []any{1000, 2e-3, uint64(7), "eqm:cut=0.8,gain=2", "9", 8, .9}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A method takes no parameter from the one it replaces, and keeps its own when
// another is given.
func TestParseChoices(t *testing.T) {
	const all = "field: {schedule: linear, target: {kind: eqm, gain: 2, cut: 0.5}, prior: uniform}\n"
	for _, tt := range []struct {
		field string
		set   []string
		want  string // the target, in full
	}{
		{"", nil, "eqm:cut=0.8,gain=4"},
		{"field: {target: 'eqm:gain=2'}", nil, "eqm:cut=0.8,gain=2"},
		{"field: {target: {gain: 2}}", nil, "eqm:cut=0.8,gain=2"},
		{"field: {target: velocity}", nil, "velocity"},
		{all, nil, "eqm:cut=0.5,gain=2"},
		{all, []string{"field.target=eqm"}, "eqm:cut=0.8,gain=4"},
		{all, []string{"field.target=velocity"}, "velocity"},
		{all, []string{"field.target.kind=velocity"}, "velocity"},
		{all, []string{"field.target.kind=eqm"}, "eqm:cut=0.5,gain=2"},
		{all, []string{"field.target.gain=3"}, "eqm:cut=0.5,gain=3"},
		{all, []string{"field.target='eqm:cut=0.7'"}, "eqm:cut=0.7,gain=4"},
	} {
		c, err := Parse("c.yaml", []byte(tt.field), append([]string{"model.kind=mlp", "model.width=4"},
			tt.set...))
		if err != nil {
			t.Errorf("%q %v: %v", tt.field, tt.set, err)
		} else if got := c.Field.Target.String(); got != tt.want {
			t.Errorf("%q %v: target %s, want %s", tt.field, tt.set, got, tt.want)
		}
	}
}

// What a run keeps parses to the configuration it came from: for every
// experiment that comes with the program and every named process.
func TestConfigRoundTrip(t *testing.T) {
	var cs []*Config
	for _, name := range configs.Names() {
		text, err := configs.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(name, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		cs = append(cs, c)
	}
	for _, m := range field.Processes.Entries {
		c := Defaults()
		c.Name, c.Field, c.Seed, c.Optimizer.LR = "true", m.Make, 1<<64-1, 0.1+0.2
		c.Data = choice.Choice{Kind: "idx", Params: choice.Values{"path": "a: b # c"}}
		c.Sample.Sampler = "ddim" // which every one of them allows
		told := choice.Values{"clock": true, "classes": 3, "label_dropout": .1}
		c.Model = choice.Choice{Kind: "mlp", Params: told}
		c.Sample.Label, c.Sample.Guidance = []int{2, -1}, 1.5
		full, faults := draftOf(&c).config()
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		cs = append(cs, full)
	}
	for _, c := range cs {
		text, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse("config.yaml", text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := sameConfig(c, back); diff != "" {
			t.Errorf("%s\n%s", diff, text)
		}
		if ds := Differences(c, back); len(ds) > 0 {
			t.Error(ds)
		}
	}
}
