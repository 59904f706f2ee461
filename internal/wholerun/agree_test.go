package wholerun

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

// roundings are how far a run may be from the CPU's float32, relative to the
// greatest loss or coordinate: so many unit roundoffs of what products round
// their operands to. Twenty steps of AdamW carry an error on but do not blow it
// up; a wrong operator would be off by thousands of them.
var roundings = []struct {
	precision string
	unit      float64
	bound     float64 // in units
	least     float64 // of losses, in units: below it products were not rounded at all
}{
	{"float32", 0x1p-24, 256, 0},
	{"tf32", 0x1p-11, 32, 1. / 512},
	{"bf16", 0x1p-9, 16, 1. / 512},
}

// conditional is what has a blind network told all that there is.
var conditional = []string{"model.clock=true", "model.classes=10", "model.label_dropout=0.25",
	"sample.sampler=heun", "sample.guidance=1.5"}

// agreements are experiments that every device takes the same way.
var agreements = []struct {
	name, text string
	set        []string
}{
	{"mlp", mlp, nil},
	{"unet", unet, nil},
	{"mlp told", mlp, conditional},
	{"unet told", unet, append([]string{"steps=6"}, conditional...)},
	{"dit", dit, nil},
	{"dit told", dit, conditional},
}

// Training and sampling on the emulator follow the CPU, in every precision.
func TestAgree(t *testing.T) {
	for _, a := range agreements {
		c := parse(t, a.text, a.set...)
		want, ck := trained(t, t.TempDir(), c, onCPU(t))
		wantX := drawn(t, ck, onCPU(t))
		for _, r := range roundings {
			t.Run(a.name+"/"+r.precision, func(t *testing.T) {
				t.Parallel()
				d := onEmu(t, emu.Options{})
				set := append(a.set[:len(a.set):len(a.set)], "precision="+r.precision)
				got, ck := trained(t, t.TempDir(), parse(t, a.text, set...), d)
				x := drawn(t, ck, d)
				losses, size := apart(got, want)
				points, sizeX := apart(x, wantX)
				losses, points = losses/size/r.unit, points/sizeX/r.unit
				t.Logf("losses differ by %.2g, samples by %.2g units of %.2g", losses, points, r.unit)
				if len(got) != len(want) || !(max(losses, points) <= r.bound) || losses < r.least {
					t.Errorf("%d losses %.2g and samples %.2g units from the CPU's, want %d, from %.2g to "+
						"%.3g",
						len(got), losses, points, len(want), r.least, r.bound)
				}
			})
		}
	}
}

// drawn is a few samples of a checkpoint's field with its newest weights.
func drawn(t *testing.T, ck *run.Checkpoint, d plan.Device) []float32 {
	t.Helper()
	f, s, err := ck.Drawn(ck.Weights.Theta, ck.Config.Sample)
	if err != nil {
		t.Fatal(err)
	}
	x := sample.OnDevice(t.Context(), d, f, ck.Point(), ck.Precision())
	r, err := sample.Run(t.Context(), x, ck.Process, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return r.X
}

var full = flag.Bool("full", false, "also take three steps of the default experiment at its full size")

// The default experiment as it ships: 2.2 M weights, batches of 256, three steps.
func TestFullSize(t *testing.T) {
	if !*full {
		t.Skip("half a minute: go test ./internal/wholerun -run FullSize -full")
	}
	text, err := configs.Read(configs.Default)
	if err != nil {
		t.Fatal(err)
	}
	set := []string{"steps=3", "log.every=1"}
	want, _ := trained(t, t.TempDir(), parse(t, string(text), set...), onCPU(t))
	got, _ := trained(t, t.TempDir(), parse(t, string(text), set...), onEmu(t, emu.Options{}))
	d, size := apart(got, want)
	t.Logf("losses %.7g on the emulator, %.7g on the CPU: %.2g apart", got, want, d)
	if d > 256*0x1p-24*size {
		t.Errorf("losses differ by %.2g of %.2g", d, size)
	}
}

// A run begun on one device goes on with the other: its first steps stay as they
// were, to the bit, and its last ones agree with those of a run that stayed.
func TestChangeDevice(t *testing.T) {
	c := parse(t, rings)
	stay, last := trained(t, t.TempDir(), c, onCPU(t))
	for _, first := range []string{"cpu", "emu"} {
		t.Run("from "+first, func(t *testing.T) {
			devices := []plan.Device{onCPU(t), onEmu(t, emu.Options{})}
			if first == "emu" {
				slices.Reverse(devices)
			}
			dir := t.TempDir()
			stopAt(t, dir, c, devices[0], 3)
			before, at := finished(t, dir)
			if at.Step != 3 || len(before) != 3 {
				t.Fatalf("stopped at step %d with %d lines, want 3", at.Step, len(before))
			}
			losses, ck := trained(t, dir, c, devices[1])
			if len(losses) != len(stay) || !slices.Equal(losses[:3], before) {
				t.Errorf("losses %v, want %v and then three more", losses, before)
			}
			d, size := apart(losses, stay)
			dw, sizeW := apart(ck.Weights.Theta, last.Weights.Theta)
			if d > 256*0x1p-24*size || dw > 4096*0x1p-24*sizeW {
				t.Errorf("losses are %.2g of %.2g and weights %.2g of %.2g from those of a run that stayed",
					d, size, dw, sizeW)
			}
		})
	}
}

// A run in bf16 goes on where there is only float32, and says that it was another.
func TestChangePrecision(t *testing.T) {
	rounded, exact := parse(t, rings, "precision=bf16"), parse(t, rings, "precision=float32")
	dir := t.TempDir()
	stopAt(t, dir, rounded, onEmu(t, emu.Options{}), 3)
	before, _ := finished(t, dir)
	var was []string
	hooks := train.Hooks{Precision: func(p string) { was = append(was, p) }}
	for range 2 { // the second finds it finished, and in float32
		if _, err := train.Run(t.Context(), dir, exact, source(t, exact), onCPU(t), hooks); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(was, []string{"bf16"}) {
		t.Errorf("told that it was in %v, want bf16, once", was)
	}
	losses, ck := finished(t, dir)
	stay, _ := trained(t, t.TempDir(), exact, onCPU(t))
	d, size := apart(losses, stay)
	if ck.Step != exact.Steps || !slices.Equal(losses[:3], before) || d > 64*0x1p-8*size {
		t.Errorf("losses %v at step %d, want %v and then about %v", losses, ck.Step, before, stay[3:])
	}
	if ck.Config.Precision != "float32" {
		t.Errorf("the checkpoint says %s, want float32", ck.Config.Precision)
	}
}

// files is the content of every file of a run but its log, which tells the time.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".jsonl") || strings.Contains(path, "events") {
			return err
		}
		b, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
