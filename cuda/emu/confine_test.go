package emu

import (
	"errors"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// movePTX has kernels of one thread each that take a pointer to what they read
// and one to what they write: 4 bytes, 16 bytes, by atomics and by cp.async.
const movePTX = `.version 7.0
.target sm_80
.address_size 64
.global .align 4 .b8 table[4] = {7};
.visible .entry move(.param .u64 from, .param .u64 to)
{
	.reg .b32 %r<2>;
	.reg .b64 %rd<3>;
	ld.param.u64 %rd1, [from];
	ld.param.u64 %rd2, [to];
	ld.global.u32 %r1, [table];
	ld.u32 %r1, [%rd1];
	st.global.u32 [%rd2], %r1;
	ret;
}
.visible .entry move16(.param .u64 from, .param .u64 to)
{
	.reg .b32 %r<5>;
	.reg .b64 %rd<3>;
	ld.param.u64 %rd1, [from];
	ld.param.u64 %rd2, [to];
	ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];
	st.v4.u32 [%rd2], {%r1, %r2, %r3, %r4};
	ret;
}
.visible .entry update(.param .u64 from, .param .u64 to)
{
	.reg .b32 %r<2>;
	.reg .b64 %rd<3>;
	ld.param.u64 %rd1, [from];
	ld.param.u64 %rd2, [to];
	ld.global.u32 %r1, [%rd1];
	red.global.add.u32 [%rd2], %r1;
	ret;
}
.visible .entry async(.param .u64 from, .param .u64 to)
{
	.reg .b32 %r<2>;
	.reg .b64 %rd<3>;
	.shared .align 16 .b8 tile[16];
	ld.param.u64 %rd1, [from];
	ld.param.u64 %rd2, [to];
	mov.u32 %r1, tile;
	cp.async.ca.shared.global [%r1], [%rd1], 4;
	cp.async.wait_all;
	ld.shared.u32 %r1, [tile];
	st.global.u32 [%rd2], %r1;
	ret;
}
`

// Of 1024 bytes, all written, x is [64, 128), y [128, 192), and z four rows of 8
// bytes from 256 on, 32 apart; launches read x and z, write y and z.
func tensors(p driver.Ptr) (reads, writes []driver.Span) {
	z := driver.Span{Ptr: p + 256, Bytes: 8, Rows: 4, Pitch: 32, Name: "z"}
	return []driver.Span{{Ptr: p + 64, Bytes: 64, Name: "x"}}, []driver.Span{{Ptr: p + 128, Bytes: 64,
		Name: "y"}, z}
}

var confined = []struct {
	kernel   string
	from, to uint64 // bytes from the start
	what     string // "" for no finding
}{
	{"move", 64, 128, ""},
	{"move", 124, 188, ""},
	{"move", 188, 288, ""}, // what may be written may be read
	{"move", 60, 128, "reads 4 bytes at 0x10013c, which is outside its operands, 4 bytes before x of 64 " +
		"bytes"},
	{"move", 192, 128, "reads 4 bytes at 0x1001c0, which is outside its operands, 0 bytes past the end of " +
		"y of 64 bytes"},
	{"move", 64, 192, "writes 4 bytes at 0x1001c0, which is outside its operands, 0 bytes past the end of y"},
	{"move", 64, 100, "36 bytes into x, which it may only read"},
	{"move", 64, 1020, "660 bytes past the end of z of 104 bytes"},
	{"move", 64, 356, ""},
	{"move", 64, 264, "0 bytes past the end of row 0 of z"},
	{"move", 64, 316, "20 bytes past the end of row 1 of z"},
	{"move16", 112, 176, ""},
	{"move16", 112, 256, "it begins 0 bytes into z and ends beyond"},
	{"move16", 112, 192, "0 bytes past the end of y"},
	{"update", 64, 128, ""},
	{"update", 64, 64, "writes 4 bytes at 0x100140, which is 0 bytes into x, which it may only read"},
	{"update", 64, 192, "0 bytes past the end of y"},
	{"async", 124, 128, ""},
	{"async", 60, 128, "reads 4 bytes at 0x10013c, which is outside its operands, 4 bytes before x"},
}

// A launch is held to the bytes of its operands, also when a graph replays it.
func TestConfine(t *testing.T) {
	for _, tt := range confined {
		for _, how := range []string{"launched", "captured", "free"} {
			r := newRig(t, Options{})
			p := driver.Ptr(put(r, make([]uint32, 256)))
			r.must(r.Synchronize(0))
			f := r.load(movePTX, tt.kernel)
			s, err := r.NewStream()
			r.must(err)
			if how == "captured" {
				r.must(r.BeginCapture(s))
			}
			if how != "free" {
				reads, writes := tensors(p)
				r.must(r.Confine(reads, writes, nil))
			}
			r.must(r.Launch(f, one, one, 0, s, []uint64{uint64(p) + tt.from, uint64(p) + tt.to}))
			if how == "captured" {
				g, err := r.EndCapture(s)
				r.must(err)
				x, err := r.Instantiate(g)
				r.must(err)
				r.must(r.LaunchGraph(x, s))
			}
			err = r.Synchronize(s)
			if tt.what == "" || how == "free" {
				if err != nil {
					t.Errorf("%s of %d to %d, %s: %v", tt.kernel, tt.from, tt.to, how, err)
				}
				continue
			}
			if f := finding(t, err); f.Kind != OutOfBounds || f.Kernel != tt.kernel || f.Line == 0 ||
				!strings.Contains(f.What, tt.what) {
				t.Errorf("%s of %d to %d, %s: got %v, want %q", tt.kernel, tt.from, tt.to, how, err, tt.what)
			}
		}
	}
}

// Lanes of one access may lie in several operands; each is looked at by itself.
func TestConfineLanes(t *testing.T) {
	r, add, a, _, p := streamRig(t, Options{})
	halves := []driver.Span{{Ptr: p, Bytes: 60, Name: "x"}, {Ptr: p + 60, Bytes: 68, Name: "y"}}
	r.must(r.Confine(nil, halves, nil))
	r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
	r.must(r.Synchronize(a))
	halves[1].Ptr += 4
	halves[1].Bytes -= 4
	r.must(r.Confine(nil, halves, nil))
	r.must(r.Launch(add, one, warp32, 0, a, []uint64{uint64(p), 32, 1}))
	if f := finding(t, r.Synchronize(a)); f.Kind != OutOfBounds || f.Thread != [3]uint32{15} {
		t.Errorf("got %v, want thread 15 out of bounds", f)
	}
}

// What is fresh when a launch starts has never been written, to the byte and the
// row; what surrounds it is kept.
func TestConfineFresh(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fresh driver.Span
		k     int // the word that is read
		found bool
	}{
		{"before", driver.Span{Bytes: 16}, 4, false},
		{"inside", driver.Span{Bytes: 16}, 3, true},
		{"in a row", driver.Span{Bytes: 8, Rows: 3, Pitch: 24}, 13, true},
		{"between rows", driver.Span{Bytes: 8, Rows: 3, Pitch: 24}, 14, false},
		{"after the rows", driver.Span{Bytes: 8, Rows: 2, Pitch: 24}, 12, false},
		{"rows that touch", driver.Span{Bytes: 8, Rows: 3, Pitch: 8}, 5, true},
		{"one byte", driver.Span{Bytes: 29}, 7, true},
	} {
		r, add, a, _, p := streamRig(t, Options{})
		tt.fresh.Ptr = p
		r.must(r.Confine(nil, []driver.Span{{Ptr: p, Bytes: 128}}, []driver.Span{tt.fresh}))
		r.must(r.Launch(add, one, one, 0, a, []uint64{uint64(p) + 4*uint64(tt.k), 1, 1}))
		err := r.Synchronize(a)
		if !tt.found {
			r.must(err)
			if got := get[uint32](r, uint64(p)+4*uint64(tt.k), 1)[0]; got != 1 {
				t.Errorf("%s: got %d, want 1", tt.name, got)
			}
			continue
		}
		if f := finding(t, err); f.Kind != Uninitialised {
			t.Errorf("%s: got %v, want an uninitialised read", tt.name, err)
		}
	}
}

// Copies and fills by the driver are held to their operands too, and Confine is
// of the next one alone.
func TestConfineCopies(t *testing.T) {
	x := func(p driver.Ptr) []driver.Span { return []driver.Span{{Ptr: p, Bytes: 60, Name: "x"}} }
	y := func(p driver.Ptr) []driver.Span { return []driver.Span{{Ptr: p + 64, Bytes: 64, Name: "y"}} }
	for _, tt := range []struct {
		name string
		do   func(r *rig, p driver.Ptr) error
		what string
	}{
		{"copy", func(r *rig, p driver.Ptr) error { return r.CopyOnDevice(p+64, p, 60, 0) }, ""},
		{"long copy", func(r *rig, p driver.Ptr) error { return r.CopyOnDevice(p+64, p, 64, 0) },
			"reads 64 bytes at 0x100100, which is outside its operands: it begins 0 bytes into x and ends " +
				"beyond"},
		{"copy to the operand", func(r *rig, p driver.Ptr) error { return r.CopyOnDevice(p, p+64, 60, 0) },
			"0 bytes into x, which it may only read"},
		{"fill", func(r *rig, p driver.Ptr) error { return r.Fill(p+64, 0, 16, 0) }, ""},
		{"fill before", func(r *rig, p driver.Ptr) error { return r.Fill(p+60, 0, 1, 0) },
			"4 bytes before y"},
	} {
		r := newRig(t, Options{})
		p := driver.Ptr(put(r, make([]uint32, 32)))
		r.must(r.Confine(x(p), y(p), y(p)))
		r.must(tt.do(r, p))
		if tt.what == "" {
			r.must(r.Synchronize(0))
			r.must(r.Fill(p, 0, 32, 0)) // not confined any more
			r.must(r.Synchronize(0))
			continue
		}
		if f := finding(t, r.Synchronize(0)); f.Kind != OutOfBounds || !strings.Contains(f.What, tt.what) {
			t.Errorf("%s: got %v, want %q", tt.name, f, tt.what)
		}
	}
	r := newRig(t, Options{})
	p := driver.Ptr(put(r, make([]uint32, 32)))
	r.must(r.Confine(x(p), y(p), y(p)))
	r.must(r.CopyOnDevice(p+64, p, 60, 0))
	r.must(r.CopyToHost(r.pin(64), p+64, 0))
	if f := finding(t, r.Synchronize(0)); f.Kind != Uninitialised || !strings.Contains(f.What, "byte 124") {
		t.Errorf("got %v, want the last bytes of y to be fresh", f)
	}
}

func TestConfineRefuses(t *testing.T) {
	r := newRig(t, Options{})
	p := driver.Ptr(r.alloc(128))
	for _, s := range []driver.Span{{Ptr: p, Bytes: 129}, {Ptr: p + 64, Bytes: 8, Rows: 2, Pitch: 64},
		{Ptr: 12, Bytes: 1},
		{Ptr: p, Bytes: 16, Rows: 2, Pitch: 8}, {Ptr: p, Bytes: 1, Rows: 1 << 40, Pitch: 1 << 40}} {
		s.Name = "x"
		for _, err := range []error{r.Confine([]driver.Span{s}, nil, nil),
			r.Confine(nil, []driver.Span{s}, nil), r.Confine(nil, nil, []driver.Span{s})} {
			if !errors.Is(err, driver.InvalidValue) || !strings.Contains(err.Error(), "Confine x") {
				t.Errorf("%+v: got %v", s, err)
			}
		}
	}
	r.close()
}
