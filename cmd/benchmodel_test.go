package cmd

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/chip"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// surveyCases are steps small enough to be emulated whole, with grids both within and beyond what
// a survey runs of each. The images of the second have sides of whole tiles, so that what the rows
// of pixels at their borders count repeats with a period that divides the survey's window.
var surveyCases = []struct {
	name  string
	set   []string
	limit int // of blocks that take turns at their work
}{
	{"digits-eqm", []string{"batch=80", "model={width: 96, depth: 1}"}, 0},
	{"digits-eqm", []string{"batch=1800", "model={width: 32, depth: 1}", "precision=bf16"}, 33},
	{"cifar10-eqm", []string{"batch=2", "model={channels: 16, levels: [1, 2], blocks: 1, attention: []}"},
		45},
	{"cifar10-eqm", []string{"batch=4", "model={channels: 8, levels: [1, 1], blocks: 1, attention: []}",
		"precision=tf32"}, 0},
	{"digits-dit", []string{"batch=24", "model={width: 64, depth: 1, heads: 2}", "precision=bf16"}, 0},
}

// stepOf is the plan of a configuration whose data need not be here.
func stepOf(t *testing.T, name string, set []string) *plan.Plan {
	t.Helper()
	cfg, err := readConfig(name, "", set)
	if err != nil {
		t.Fatal(err)
	}
	info, err := cfg.DescribeData()
	if err != nil {
		t.Fatal(err)
	}
	e, err := experiment.New(cfg, info.Shape)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// loadOn is p on a device that is closed with the test.
func loadOn(t *testing.T, dev *cuda.Device, err error, p *plan.Plan, limit int) *cuda.Program {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	dev.LimitBlocks(limit)
	g, err := dev.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return g.(*cuda.Program)
}

// What a survey counts of every launch is what the emulator counts of the whole of it; but a
// chain that draws normal numbers branches for few of them, by what it drew.
func TestSurvey(t *testing.T) {
	for _, c := range surveyCases {
		p := stepOf(t, c.name, c.set)
		dev, err := cuda.New(emu.New(emu.Options{Unchecked: true, Workers: 2}), 0)
		whole, err := loadOn(t, dev, err, p, c.limit).Count()
		if err != nil {
			t.Fatal(err)
		}
		dev, err = cuda.OpenSurvey(9, 0, 2)
		work, err := loadOn(t, dev, err, p, c.limit).Work(t.Context(), cuda.Known{})
		if err != nil {
			t.Fatal(err)
		}
		var got []cuda.Count
		for _, w := range work {
			if w.WarpInstructions > 0 {
				got = append(got, w.Count)
			} else if w.Least == 0 || w.BytesWritten == 0 {
				t.Errorf("%s: a copy or fill of %d bytes moves %d", c.name, w.BytesWritten, w.Least)
			}
		}
		if len(got) != len(whole) {
			t.Fatalf("%s %v: %d launches, want %d", c.name, c.set, len(got), len(whole))
		}
		for i := range got {
			if draws(p, got[i].Step) && got[i].WarpInstructions == whole[i].WarpInstructions {
				got[i].ThreadInstructions, got[i].FP32 = whole[i].ThreadInstructions, whole[i].FP32
			}
			if got[i] != whole[i] {
				t.Errorf("%s %v, launch %d:\ngot  %+v\nwant %+v", c.name, c.set, i, got[i], whole[i])
			}
		}
	}
}

// draws reports whether step s draws normal numbers.
func draws(p *plan.Plan, s int) bool {
	ch := p.Steps[s].Chain
	normal := func(in plan.Instr) bool { return in.Kind == plan.Normal }
	return ch != nil && slices.ContainsFunc(ch.Code, normal)
}

// The model says that it is one, of which chip, and adds up; what cannot be modelled is refused.
func TestBenchModel(t *testing.T) {
	inTemp(t)
	o := program(t, "bench", "tiny.yaml", "--device", "emu", "--figures", "figures.json", "--chip", "h200,t4")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "bench --chip", o.stdout, ": a model, nothing is measured\n", "NVIDIA's data sheets",
		"\n\nassumed: ", "\nmodel of h200: ", "\nwaits for  ", "\nkernel (model)", "\nmodel of t4: ")
	text, err := os.ReadFile("figures.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []modelled
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		sum, launches := 0., 0
		for _, k := range m.Kernels {
			sum, launches = sum+k.Seconds, launches+k.Launches
		}
		if math.Abs(sum-m.Seconds) > 1e-9*sum || launches != m.Launches ||
			sum < float64(launches)*(chip.Gap+chip.Ramp) {
			t.Errorf("%s: %d launches of %d take %g s of %g", m.Chip, launches, m.Launches, sum, m.Seconds)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--device", "cpu", "--chip", "h200"}, `got device "cpu"`},
		{[]string{"--device", "emu", "--chip", "h20"}, "want one of h200, "},
		{[]string{"--device", "emu", "--chip", "t4", "--set", "precision=bf16"}, "bf16"},
	} {
		o := program(t, append([]string{"bench", "tiny.yaml"}, tt.args...)...)
		if o.status == 0 || !strings.Contains(o.stderr, tt.want) {
			t.Errorf("%v: %+v, want a refusal with %s", tt.args, o, tt.want)
		}
	}
}
