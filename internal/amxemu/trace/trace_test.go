//go:build linux && amd64

package trace

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/stillfield/stillfield/internal/amxemu"
	"github.com/stillfield/stillfield/internal/amxemu/tilecall"
)

// config is three tiles for C [m, n] = A [m, 2k] · B [k, n], in words of 32 bits.
func config(m, n, k int) *[64]byte {
	c := &[64]byte{0: 1}
	for i, s := range [3][2]int{{m, n}, {m, k}, {k, n}} {
		binary.LittleEndian.PutUint16(c[16+2*i:], uint16(4*s[1]))
		c[48+i] = byte(s[0])
	}
	return c
}

// own is this process's memory, for the emulator's own form of what the processor is asked to do.
type own struct{}

func (own) Read(b []byte, count int, address, stride uint64) error {
	size := len(b) / count
	for i := range count {
		copy(b[i*size:][:size], unsafe.Slice(pointer(address+uint64(i)*stride), size))
	}
	return nil
}

func (own) Write(b []byte, count int, address, stride uint64) error {
	size := len(b) / count
	for i := range count {
		copy(unsafe.Slice(pointer(address+uint64(i)*stride), size), b[i*size:])
	}
	return nil
}

func pointer(a uint64) *byte { return *(**byte)(unsafe.Pointer(&a)) }

// TestDetected: a program on the emulator finds AMX as on a machine that has it.
func TestDetected(t *testing.T) {
	if !Under(t, Options{}, true) {
		return
	}
	if !cpu.X86.HasAMXTile || !cpu.X86.HasAMXBF16 || !cpu.X86.HasAMXInt8 {
		t.Errorf("golang.org/x/sys/cpu finds tile %v, bf16 %v, int8 %v", cpu.X86.HasAMXTile,
			cpu.X86.HasAMXBF16, cpu.X86.HasAMXInt8)
	}
}

// TestCalls does random products by single instructions, on the processor or through the tracer, and by
// package amxemu: the same bits, the bytes beyond the rows included.
func TestCalls(t *testing.T) {
	if !Under(t, Options{Keep: true, SignalEvery: 3}, true) {
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := request(tileNumber); err != 0 {
		t.Fatal(err)
	}
	const stride = 80
	r := rand.New(rand.NewPCG(1, 2))
	var a, b, c, want, data [16 * stride]byte
	for range 100 {
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		finite(data[:])
		a, b = data, a
		copy(c[:], data[:])
		want = c
		f := config(1+r.IntN(16), 1+r.IntN(16), 1+r.IntN(16))
		tilecall.LoadConfig(f)
		tilecall.LoadC(unsafe.Pointer(&c), stride)
		tilecall.LoadA(unsafe.Pointer(&a), stride)
		tilecall.LoadB(unsafe.Pointer(&b), stride)
		tilecall.Dot()
		tilecall.StoreC(unsafe.Pointer(&c), stride)
		tilecall.Release()
		var e amxemu.Tiles
		for _, in := range []struct {
			op   amxemu.Op
			tile int
			at   unsafe.Pointer
		}{{amxemu.LoadConfig, 0, unsafe.Pointer(f)}, {amxemu.Load, 0, unsafe.Pointer(&want)},
			{amxemu.Load, 1, unsafe.Pointer(&a)}, {amxemu.Load, 2, unsafe.Pointer(&b)},
			{amxemu.DotBF16, 0, nil}, {amxemu.Store, 0, unsafe.Pointer(&want)}} {
			g := amxemu.Registers{0: uint64(uintptr(in.at)), 1: stride}
			i := amxemu.Instruction{Op: in.op, Tile: in.tile, A: 1, B: 2, Index: 1, Scale: 1}
			if in.op == amxemu.LoadConfig {
				i.Scale = 0
			}
			if err := e.Execute(i, &g, 0, own{}); err != nil {
				t.Fatal(err)
			}
		}
		if c != want {
			t.Fatalf("rows %v: the products differ", f[48:51])
		}
	}
	if n, ok := Count(); ok && (n.Dot != 100 || n.Load != 300 || n.Signals != 700/3) {
		t.Errorf("the emulator counted %+v", n)
	}
}

// finite replaces infinities and NaN, whose bits the manual leaves open, in pairs of bfloat16.
func finite(b []byte) {
	for i := 1; i < len(b); i += 2 {
		if b[i]&0x7f == 0x7f {
			b[i] &= 0xbf
		}
	}
}
