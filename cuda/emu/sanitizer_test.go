package emu

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// bugHead opens the PTX of a kernel with a pointer p to 256 initialised bytes
// and a pointer q to 256 bytes never written, loaded in %rd1 and %rd2; %r1 is
// tid.x, %r2 is ctaid.x, %rd3 is 4·tid.
const bugHead = `.version 7.8
.target sm_80
.address_size 64
.const .align 4 .b8 fixed[16] = {1, 2, 3, 4};
.visible .entry bug(.param .u64 p, .param .u64 q)
{
	.reg .pred %p<8>;
	.reg .b16 %rs<4>;
	.reg .b32 %r<32>;
	.reg .f32 %f<16>;
	.reg .b64 %rd<16>;
	.shared .align 16 .b8 first[512];
	.shared .align 16 .b8 second[64];
	.local .align 8 .b8 depot[32];
	ld.param.u64 %rd1, [p];
	ld.param.u64 %rd2, [q];
	mov.u32 %r1, %tid.x;
	mov.u32 %r2, %ctaid.x;
	mul.wide.u32 %rd3, %r1, 4;
	mov.u32 %r9, 0;
`

// A bug is the body of a kernel with one fault, on the line marked BUG; a kernel without
// a mark is right and must pass.
type bug struct {
	name        string
	kind        Kind
	grid, block int
	thread      uint32
	body        string
	what        string // in the message
}

var bugs = slices.Concat(memoryBugs, raceBugs, orderBugs)

// marked returns the number of the line that holds the mark, 0 if none does.
func marked(ptx string) int {
	for i, l := range strings.Split(ptx, "\n") {
		if strings.Contains(l, "// BUG") {
			return i + 1
		}
	}
	return 0
}

func TestBugs(t *testing.T) {
	for _, tt := range bugs {
		t.Run(tt.name, func(t *testing.T) {
			ptx := bugHead + tt.body + "\n\tret;\n}\n"
			r := newRig(t, Options{MaxInstructions: 100000})
			f := r.load(ptx, "bug")
			p := put(r, make([]uint32, 64))
			q := r.alloc(256)
			r.launch(f, tt.grid, tt.block, p, q)
			err := r.Synchronize(0)
			if tt.kind == "" {
				r.must(err)
				r.close()
				return
			}
			got := finding(t, err)
			if got.Kind != tt.kind || got.Thread != [3]uint32{tt.thread, 0, 0} || got.Line != marked(ptx) {
				t.Errorf("got %q of thread %v on line %d, want %q of thread %d on line %d",
					got.Kind, got.Thread, got.Line, tt.kind, tt.thread, marked(ptx))
			}
			if !strings.Contains(err.Error(), tt.what) || !strings.Contains(err.Error(), "bug block (") {
				t.Errorf("message %q does not contain %q", err, tt.what)
			}
			var de *driver.Error
			if !errors.As(err, &de) || de.Code == 0 {
				t.Errorf("%v wraps no driver error", err)
			}
			if again := r.Synchronize(0); again == nil {
				t.Error("the context lives on after a fault")
			}
		})
	}
}

func finding(t *testing.T, err error) *Finding {
	t.Helper()
	var f *Finding
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a finding", err)
	}
	return f
}

// Every fault is found whatever the order of blocks and warps, unless the order
// is what hides it; correct kernels pass under all of them.
func TestCorrectUnderEveryOrder(t *testing.T) {
	for _, tt := range bugs {
		if tt.kind != "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			eachOrder(t, func(t *testing.T, o Options) {
				r := newRig(t, o)
				f := r.load(bugHead+tt.body+"\n\tret;\n}\n", "bug")
				r.launch(f, tt.grid, tt.block, put(r, make([]uint32, 64)), r.alloc(256))
				r.must(r.Synchronize(0))
				r.close()
			})
		})
	}
}

func TestCollect(t *testing.T) {
	r := newRig(t, Options{Collect: true})
	f := r.load(bugHead+`
		ld.global.u32 %r3, [%rd2];
		ld.global.u32 %r4, [%rd1+256];
		st.global.u32 [%rd1], %r4;
		ret;
	}`, "bug")
	p := put(r, make([]uint32, 64))
	r.launch(f, 1, 1, p, r.alloc(256))
	if got := get[uint32](r, p, 1)[0]; got != 0xffffffff {
		t.Errorf("a read out of bounds gave %#x, want all ones", got)
	}
	var kinds []Kind
	for _, f := range r.Findings() {
		kinds = append(kinds, f.Kind)
	}
	if len(kinds) != 2 || kinds[0] != Uninitialised || kinds[1] != OutOfBounds {
		t.Errorf("found %v, want an uninitialised read and one out of bounds", kinds)
	}
	r.close()
}

// A finding names the line of the .cu file behind the instruction.
func TestSourceLine(t *testing.T) {
	r := newRig(t, Options{})
	f := r.load(readFile(t, "prototype_80.ptx"), "adam")
	short := put(r, make([]float32, 8))
	r.launch(f, 1, 32, short, r.alloc(64), short, short, short, 32, 0, 0, 0, 0, 0, 0, 0)
	got := finding(t, r.Synchronize(0))
	if got.File != "./prototype.cu" || got.SourceLine != 96 || got.Kernel != "adam" || got.Thread[0] != 8 {
		t.Errorf("got %v, want thread 8 of adam at prototype.cu:96", got)
	}
}
