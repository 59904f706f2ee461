package train

import (
	"fmt"
	"hash/fnv"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cpu/kernels"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// wide is large enough for every kernel to cut its work: 40 digits, width 96.
var wide = []string{"data=digits", "batch=40", "model.width=96", "steps=10",
	"log.checkpoint=0"}

// fingerprint is a hash of all the bits that a run carries.
func fingerprint(w *experiment.Weights) uint64 {
	h := fnv.New64a()
	for _, part := range w.Parts() {
		for _, x := range part.Data {
			b := math.Float32bits(x)
			h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
		}
	}
	return h.Sum64()
}

// runOn trains c on a device and returns its bits and its losses.
func runOn(t *testing.T, c *experiment.Config, o cpu.Options) (*experiment.Weights, []run.Line) {
	t.Helper()
	o.Poison = true
	dev, err := cpu.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	dir := t.TempDir()
	r, err := Run(t.Context(), dir, c, source(t, c), dev, Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	ck, err := run.Load(r.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Average, ck.Weights.Average) {
		t.Error("the result's average is not the checkpoint's")
	}
	return ck.Weights, lines(t, dir)
}

// golden is the fingerprint of wide after 10 steps, as this test prints it:
//
//	go test ./train -run TestSameBits
//
// It is of float32 kernels that are equal on every instruction set, and of
// float64 arithmetic of Go (rates, initial weights), which may differ in the
// last bit between processors, so it is held to on amd64.
const golden = 0x4c2725285e27fc07

// Neither the number of workers nor the instruction set changes a bit.
func TestSameBits(t *testing.T) {
	c := parse(t, wide...)
	first, _ := runOn(t, c, cpu.Options{Workers: 1})
	want := fingerprint(first)
	if runtime.GOARCH == "amd64" && want != golden {
		t.Errorf("10 steps have the fingerprint %#x, want %#x", want, uint64(golden))
	}
	for _, l := range kernels.Levels() {
		for _, workers := range []int{1, 2, 5} {
			w, _ := runOn(t, c, cpu.Options{Workers: workers, Level: l})
			if got := fingerprint(w); got != want {
				t.Errorf("%d workers, %v: fingerprint %#x, want %#x", workers, l, got, want)
			}
		}
	}
	other, _ := runOn(t, parse(t, append(slices.Clone(wide), "seed=1")...), cpu.Options{Workers: 1})
	if fingerprint(other) == want {
		t.Error("another seed is the same run")
	}
}

// The parts of a batch see the data and the noise that the whole would: a loss
// differs by the rounding of a sum of as many parts, 40 at most, each of 2⁻²⁴ of
// it. What the gradients' rounding does to the weights, and so to later losses,
// is less in 10 steps: 3·2⁻²⁴ was measured.
func TestAccumulate(t *testing.T) {
	_, whole := runOn(t, parse(t, wide...), cpu.Options{Workers: 1})
	for _, parts := range []int{2, 5, 40} {
		_, got := runOn(t, parse(t, append(slices.Clone(wide), fmt.Sprintf("accumulate=%d", parts))...),
			cpu.Options{Workers: 1})
		for i, l := range got {
			tol := 40 * 0x1p-24 * whole[i].Loss
			if d := math.Abs(l.Loss - whole[i].Loss); !(d <= tol) {
				t.Errorf("%d parts, step %d: loss %v, want %v ± %.1g", parts, i+1, l.Loss, whole[i].Loss, tol)
			}
		}
		if len(got) != 10 {
			t.Errorf("%d parts: %d lines, want 10", parts, len(got))
		}
	}
}
