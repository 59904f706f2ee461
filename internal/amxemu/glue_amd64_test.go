package amxemu

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/internal/amxemu/tilecall"
)

// arithmetic are the flags that ADD and DEC set.
const arithmetic = carry | parity | auxiliary | zero | sign | overflow

// TestGlueArithmetic holds sums, decrements and their flags to the processor's.
func TestGlueArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	edges := []uint64{0, 1, 15, 16, 0x7f, 0x80, 0xff, 1 << 31, 1<<63 - 1, 1 << 63, ^uint64(0), ^uint64(127)}
	for i := range 20000 {
		x, y := r.Uint64()>>r.IntN(64), int32(r.Uint32())>>r.IntN(32)
		if i < len(edges)*len(edges) {
			x, y = edges[i/len(edges)], int32(edges[i%len(edges)])
		}
		code := []byte{0x49, 0x81, 0xc2, 0, 0, 0, 0, 0x90, 0x90} // ADDQ $y, R10
		binary.LittleEndian.PutUint32(code[3:], uint32(y))
		g, flags := Registers{10: x}, uint64(arithmetic|1<<9)
		next, ok := Glue(code, &g, &flags)
		sum, want := tilecall.Add(x, uint64(int64(y)))
		if !ok || next != 7 || g[10] != sum || flags&arithmetic != want&arithmetic || flags>>9&1 != 1 {
			t.Fatalf("%#x + %#x: got %#x, flags %#x, %d, %v, want %#x, %#x", x, y, g[10], flags, next, ok,
				sum, want)
		}
		less, carried, plain := tilecall.Decrement(x)
		for was, want := range map[uint64]uint64{carry: carried, 0: plain} {
			g, flags = Registers{1: x}, was
			next, ok = Glue([]byte{0x48, 0xff, 0xc9, 0, 0, 0, 0, 0, 0}, &g, &flags) // DECQ CX
			if !ok || next != 3 || g[1] != less || flags&arithmetic != want&arithmetic {
				t.Fatalf("%#x − 1, carry %d: got %#x, flags %#x, want %#x, %#x", x, was, g[1], flags,
					less, want)
			}
		}
	}
}

// TestGlue: which instructions are executed, and where the next one is. All others are left to the processor.
func TestGlue(t *testing.T) {
	for _, c := range []struct {
		name  string
		code  []byte
		flags uint64
		next  int64 // 0 for an instruction that Glue leaves alone
	}{
		{"JNE back, taken", []byte{0x75, 0xf0}, 0, -14},
		{"JNE back, not taken", []byte{0x75, 0xf0}, zero, 2},
		{"JNE far, taken", []byte{0x0f, 0x85, 0, 1, 0, 0}, 0, 262},
		{"JNE far, not taken", []byte{0x0f, 0x85, 0, 1, 0, 0}, zero, 6},
		{"PREFETCHT0 4096(R10)", []byte{0x41, 0x0f, 0x18, 0x8a, 0, 16, 0, 0}, 0, 8},
		{"PREFETCHT0 64(SI)", []byte{0x0f, 0x18, 0x4e, 64}, 0, 4},
		{"PREFETCHT0 (SI)", []byte{0x0f, 0x18, 0x0e}, 0, 3},
		{"ADDQ $64, SI", []byte{0x48, 0x83, 0xc6, 64}, 0, 4},
		{"SUBQ $64, SI", []byte{0x48, 0x83, 0xee, 64}, 0, 0},
		{"ADDL $64, SI", []byte{0x83, 0xc6, 64}, 0, 0},
		{"ADDQ $64, (SI)", []byte{0x48, 0x83, 0x06, 64}, 0, 0},
		{"DECQ (DI)", []byte{0x48, 0xff, 0x0f}, 0, 0},
		{"INCQ CX", []byte{0x48, 0xff, 0xc1}, 0, 0},
		{"JE back", []byte{0x74, 0xf0}, zero, 0},
		{"PREFETCHT0 through an index", []byte{0x0f, 0x18, 0x0c, 0x0e}, 0, 0},
		{"NOP of many bytes", []byte{0x0f, 0x1f, 0x40, 0}, 0, 0},
	} {
		g := Registers{}
		next, ok := Glue(append(c.code, make([]byte, 9)...), &g, &c.flags)
		if next != c.next || ok != (c.next != 0) {
			t.Errorf("%s: got %d, %v, want %d", c.name, next, ok, c.next)
		}
		if _, ok := Glue(c.code, &g, &c.flags); ok {
			t.Errorf("%s: it is executed though the code may end there", c.name)
		}
	}
}
