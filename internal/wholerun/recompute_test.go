package wholerun

import (
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/plan"
)

// Blocks that are computed again change no bit of a run: losses and every weight are the same on
// the CPU and, in every precision, on the emulator, whatever the network is told, with labels
// withheld by draws and in parts of a batch.
func TestRecompute(t *testing.T) {
	for _, a := range agreements {
		a.set = append(a.set[:len(a.set):len(a.set)], "steps=3")
		if a.name == "unet" {
			a.set = append(a.set, "accumulate=2")
		}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			devices := []plan.Device{onCPU(t)}
			precisions := []string{"float32", "float32", "tf32", "bf16"}
			for range precisions[1:] {
				devices = append(devices, onEmu(t, emu.Options{Unchecked: true}))
			}
			for k, d := range devices {
				set := append(a.set[:len(a.set):len(a.set)], "precision="+precisions[k])
				want, kept := trained(t, t.TempDir(), parse(t, a.text, set...), d)
				set = append(set, "model.recompute=true")
				got, again := trained(t, t.TempDir(), parse(t, a.text, set...), d)
				if !slices.Equal(got, want) || !slices.Equal(again.Weights.Theta, kept.Weights.Theta) {
					t.Errorf("%s in %s: losses\n%v, want\n%v and every weight the same", d.Name(),
						precisions[k], got, want)
				}
			}
		})
	}
}

// A run may go on with or without: it is the same run.
func TestRecomputeResumed(t *testing.T) {
	c, again := parse(t, dit), parse(t, dit, "model.recompute=true")
	want, stay := trained(t, t.TempDir(), c, onCPU(t))
	dir := t.TempDir()
	stopAt(t, dir, c, onCPU(t), 3)
	got, ck := trained(t, dir, again, onCPU(t))
	if !slices.Equal(got, want) || !slices.Equal(ck.Weights.Theta, stay.Weights.Theta) {
		t.Errorf("losses %v, want %v", got, want)
	}
}

// What the step of the transformer takes of the arena, in elements, by hand. Forward it keeps of
// each block the result, and not its insides; FLOPs grow by those of the blocks once more.
func TestRecomputeSaves(t *testing.T) {
	sizes := func(depth, set string) (arena int, flops float64) {
		c := parse(t, dit, "model.depth="+depth, "batch=64", "model.recompute="+set)
		p := stepOf(t, c)
		return p.Arena, p.TotalFLOPs()
	}
	const rows, width = 64 * 16, 32 // tokens of the batch, features
	a4, f4 := sizes("4", "true")
	a8, f8 := sizes("8", "true")
	k4, g4 := sizes("4", "false")
	k8, g8 := sizes("8", "false")
	weights := 4 * (4*width*width + 8*width*width + 6*width + 9*width + 2*16) // of four blocks, as gradients
	if got, want := a8-a4, 4*rows*width+weights; got > want+want/8 || got < want-want/8 {
		t.Errorf("four blocks more take %d elements, want about their results and gradients, %d", got, want)
	}
	if kept := k8 - k4; kept < 5*(a8-a4) {
		t.Errorf("four blocks more take %d elements kept and %d computed again", kept, a8-a4)
	}
	if more := (f8 - f4) / (g8 - g4); more < 1.3 || more > 1.36 {
		t.Errorf("FLOPs of a block grow to %.3f of what they were, want about 4/3", more)
	}
}
