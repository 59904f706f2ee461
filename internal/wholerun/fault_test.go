package wholerun

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

// oneLine holds an error to one line with every part in it.
func oneLine(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, p := range append(parts, "") {
		if !strings.Contains(err.Error(), p) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one line with %q", err, p)
		}
	}
}

// A fault is one that a device is made to have, with its code and parts of the one line
// it is reported in.
type fault struct {
	name string
	o    emu.Options
	code driver.Code
	text []string
}

// faultsOf are the faults of a run whose steps are of so many launches.
func faultsOf(perStep int) []fault {
	return []fault{
		{"out of memory for the first buffer", emu.Options{OutOfMemoryAfter: 1000}, driver.OutOfMemory,
			[]string{"cuda: Load: the plan wants ", " of inputs, states and their copies", " are left"}},
		{"a device too small", emu.Options{Memory: 1 << 12}, driver.OutOfMemory,
			[]string{"cuda: Load: the plan wants ", "4096 of 4096 are left"}},
		{"a launch fails in the next step", emu.Options{FailLaunch: perStep / 2}, driver.LaunchFailed,
			[]string{"train: after step 4: cuda: ", "kernel ", "the last good checkpoint is ",
				"step-000000003"}},
		{"a launch fails two steps on", emu.Options{FailLaunch: perStep*5/2 + 1}, driver.LaunchFailed,
			[]string{"train: after step 6: cuda: ", "kernel ", "the last good checkpoint is ",
				"step-000000004"}},
		{"the device is lost in the next step", emu.Options{LoseDevice: perStep / 2}, driver.DeviceLost,
			[]string{"train: after step 3: cuda: ", fmt.Sprintf("launch %d: the device is lost", perStep/2),
				"the last good checkpoint is ", "step-000000003"}},
		{"the device is lost two steps on", emu.Options{LoseDevice: perStep*5/2 + 1}, driver.DeviceLost,
			[]string{"train: after step 5: cuda: ",
				fmt.Sprintf("launch %d: the device is lost", perStep*5/2+1),
				"the last good checkpoint is ", "step-000000004"}},
	}
}

// A device that fails, before a step or in the middle of one, ends the run with
// one line. The directory is as the last checkpoint left it, and the run goes on,
// without the fault, to the very bits of one that was never interrupted.
func TestFaults(t *testing.T) {
	c := parse(t, rings)
	whole := t.TempDir()
	wantLosses, _ := trained(t, whole, c, onEmu(t, emu.Options{}))
	want := files(t, whole)
	perStep := launches(t, c)
	for _, tt := range faultsOf(perStep) {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			stopAt(t, dir, c, onEmu(t, emu.Options{}), 3)
			before := files(t, dir)

			d, err := cuda.New(emu.New(tt.o), 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = train.Run(t.Context(), dir, c, source(t, c), d, train.Hooks{})
			t.Log(strings.ReplaceAll(fmt.Sprint(err), dir, "RUN"))
			oneLine(t, err, tt.text...)
			if !errors.Is(err, tt.code) {
				t.Errorf("error %v, want one that is %v", err, tt.code)
			}
			if tt.code != driver.OutOfMemory { // the device, not the run, is what is broken
				if d.Close() == nil {
					t.Error("a device that has failed closes without an error")
				}
			} else if err := d.Close(); err != nil {
				t.Errorf("after running out of memory: %v", err)
			}
			after := files(t, dir)
			for name, b := range before {
				if after[name] != b {
					t.Errorf("%s has changed", name)
				}
			}

			losses, _ := trained(t, dir, c, onEmu(t, emu.Options{}))
			if !slices.Equal(losses, wantLosses) {
				t.Errorf("losses %v, want %v", losses, wantLosses)
			}
			got := files(t, dir)
			last := run.CheckpointPath("", c.Steps)
			if got["/"+last] == "" || got["/"+last] != want["/"+last] {
				t.Errorf("checkpoint %s of %v is not that of an uninterrupted run", last,
					slices.Collect(maps.Keys(got)))
			}
		})
	}
}

// spoiled is a source with one sample that is not finite.
type spoiled struct {
	datasets.Source
	sample int
}

func (s spoiled) Read(dst []float32, i int) (int32, error) {
	label, err := s.Source.Read(dst, i)
	if i == s.sample {
		dst[2] = float32(math.Inf(1))
	}
	return label, err
}

// A bad number is seen when later steps have been started, and is traced to its
// step and tensor all the same: the GPU's path says what the CPU says.
func TestNonFinite(t *testing.T) {
	for _, every := range []int{1, 4, 100} {
		c := parse(t, rings, fmt.Sprintf("log.every=%d", every), "log.checkpoint=0")
		src := source(t, c)
		sample, _ := datasets.NewOrder(c.Seed, src.Info().Count).At(3*8 + 1) // the second of step 4
		for _, o := range []emu.Options{{}, {Land: emu.LandEarly}} {
			for _, d := range []plan.Device{onCPU(t), onEmu(t, o)} {
				r, err := train.Run(t.Context(), t.TempDir(), c, spoiled{src, sample}, d, train.Hooks{})
				want := "train: step 4: loss NaN, gradient norm NaN: x[8] is +Inf; no checkpoint was " +
					"written yet"
				if err == nil || err.Error() != want || r.Steps != 3 {
					t.Errorf("%s, a line every %d steps: got  %v\nwant %s", d.Name(), every, err, want)
				}
			}
		}
	}
}

// Whichever of a plan's buffers is the one too many, its size is named, and what
// was there before it is given back.
func TestOutOfMemory(t *testing.T) {
	c := parse(t, rings)
	load := func(limit int) string {
		d := onEmu(t, emu.Options{OutOfMemoryAfter: uint64(limit)}) // closing it reports leaks
		_, err := train.Run(t.Context(), t.TempDir(), c, source(t, c), d, train.Hooks{})
		oneLine(t, err, "cuda: Load: the plan wants ")
		return err.Error()
	}
	var all int
	var sizes [4]int // named values, temporaries, workspace, constants
	if _, err := fmt.Sscanf(load(1), "cuda: Load: the plan wants %d bytes (%d of inputs, states and their "+
		"copies, %d of temporaries, "+
		"%d of workspace),", &all, &sizes[0], &sizes[1], &sizes[2]); err != nil {
		t.Fatal(err)
	}
	sizes[3] = all - sizes[0] - sizes[1] - sizes[2]
	before := 0
	for k, n := range sizes {
		want := fmt.Sprintf("cuda: Alloc %d bytes: out of memory", n)
		if text := load(before + n/2); !strings.Contains(text, want) {
			t.Errorf("buffer %d: error %q, want %q", k, text, want)
		}
		before += n
	}
}

// launches is how many launches a step of c takes.
func launches(t *testing.T, c *experiment.Config) int {
	t.Helper()
	e, err := experiment.New(c, source(t, c).Info().Shape)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g, err := onEmu(t, emu.Options{}).Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	spans, err := g.(*cuda.Program).Trace()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range spans {
		if s.Kernel != "copy" && s.Kernel != "zero" {
			n++
		}
	}
	return n
}

// A machine that cannot run anything says so before a directory is made.
func TestNoDevice(t *testing.T) {
	_, err := cuda.New(emu.New(emu.Options{NoDevice: true}), 0)
	oneLine(t, err, "cuda: Open: ", "the driver is there and has no device")
	_, err = cuda.New(emu.New(emu.Options{Devices: 2}), 2)
	oneLine(t, err, "cuda: Open: device 2, want one of 2")
	_, err = cuda.New(emu.New(emu.Options{Major: 6, Minor: 1}), 0)
	oneLine(t, err, "compute capability 6.1, want 7.5 or later")
}

// A driver from before the kernels' PTX refuses them, and is named for it.
func TestOldDriver(t *testing.T) {
	c := parse(t, mlp, "precision=tf32")
	d := onEmu(t, emu.Options{Version: 10020}) // CUDA 10.2
	_, err := train.Run(t.Context(), t.TempDir(), c, source(t, c), d, train.Hooks{})
	oneLine(t, err, "cuda: Load: module gemm_tensor: ", "PTX 7.0, the driver understands up to 6.5")
}
