package emu

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// mmaCase is a shape with the layouts of its fragments as the PTX ISA states
// them: for each lane group g = lane/4, t = lane%4 and element i, the row and
// column.
type mmaCase struct {
	shape, in, acc string
	k, nA, nB      int // depth, elements of A and B in a lane
	a, b           func(g, t, i int) (row, col int)
}

var mmaCases = []mmaCase{
	{"m16n8k16", "bf16", "f32", 16, 8, 4, a16, b16frag}, {"m16n8k16", "f16", "f32", 16, 8, 4, a16, b16frag},
	{"m16n8k16", "f16", "f16", 16, 8, 4, a16, b16frag},
	{"m16n8k8", "bf16", "f32", 8, 4, 2, a8, b8frag}, {"m16n8k8", "f16", "f32", 8, 4, 2, a8, b8frag},
	{"m16n8k8", "tf32", "f32", 8, 4, 2, aTF8, bTF8}, {"m16n8k4", "tf32", "f32", 4, 2, 1, aTF4, bTF4},
}

// From the PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type".
func a16(g, t, i int) (row, col int) {
	row, col = g, t*2+i&1
	if !(i < 2 || i >= 4 && i < 6) {
		row = g + 8
	}
	if i >= 4 {
		col += 8
	}
	return row, col
}

func b16frag(g, t, i int) (row, col int) {
	row = t*2 + i&1
	if i >= 2 {
		row += 8
	}
	return row, g
}

func a8(g, t, i int) (row, col int) {
	row = g
	if i >= 2 {
		row = g + 8
	}
	return row, t*2 + i&1
}

func b8frag(g, t, i int) (row, col int) { return t*2 + i, g }

func aTF8(g, t, i int) (row, col int) {
	row, col = g, t
	if i == 1 || i == 3 {
		row = g + 8
	}
	if i >= 2 {
		col = t + 4
	}
	return row, col
}

func bTF8(g, t, i int) (row, col int) { return t + 4*i, g }

func aTF4(g, t, i int) (row, col int) { return g + 8*i, t }

func bTF4(g, t, i int) (row, col int) { return t, g }

// encode gives the bits of x in a type and the value these stand for.
func encode(x float32, t string) (uint32, float64) {
	switch t {
	case "f16":
		h := round.ToF16(float64(x), round.NearestEven)
		return uint32(h), float64(round.FromF16(h))
	case "bf16":
		h := round.ToBF16(float64(x), round.NearestEven)
		return uint32(h), float64(round.FromBF16(h))
	}
	b := math.Float32bits(x)
	return b, float64(math.Float32frombits(b &^ 0x1fff)) // the hardware drops 13 bits
}

func TestMMA(t *testing.T) {
	for _, c := range mmaCases {
		t.Run(fmt.Sprintf("%s.%s.%s", c.shape, c.in, c.acc), func(t *testing.T) {
			per := choose(c.in == "tf32", 1, 2)
			rA, rB, rC := c.nA/per, c.nB/per, choose(c.acc == "f16", 2, 4)
			r := newRig(t, Options{})
			f := r.load(mmaPTX(c, rA, rB, rC), "mma")
			var a [16][16]float64
			var b [16][8]float64
			var cc [16][8]float64
			va, vb, vc := normals(256, 1), normals(128, 2), normals(128, 3)
			words := func(n, regs, pitch int, at func(g, t, i int) (int, int), v []float32,
				set func(row, col int, x float64)) []uint32 {
				out := make([]uint32, lanes*regs)
				for l := range lanes {
					for i := range n {
						row, col := at(l/4, l%4, i)
						bits, x := encode(v[row*pitch+col], c.in)
						set(row, col, x)
						e := n / regs
						out[l*regs+i/e] |= bits << (32 / e * (i % e))
					}
				}
				return out
			}
			pa := put(r, words(c.nA, rA, 16, c.a, va, func(i, j int, x float64) { a[i][j] = x }))
			pb := put(r, words(c.nB, rB, 8, c.b, vb, func(i, j int, x float64) { b[i][j] = x }))
			acc := func(g, t, i int) (int, int) { return g + 8*(i/2), 2*t + i%2 }
			at := choose(c.acc == "f16", "f16", "f32")
			pc := put(r, accWords(rC, acc, vc, at, &cc))
			pd := r.alloc(4 * lanes * rC)
			r.launch(f, 1, 32, pa, pb, pc, pd)
			d := get[uint32](r, pd, lanes*rC)
			for l := range lanes {
				for i := range 4 {
					row, col := acc(l/4, l%4, i)
					want, size := cc[row][col], math.Abs(cc[row][col])
					for k := range c.k {
						want += a[row][k] * b[k][col]
						size += math.Abs(a[row][k] * b[k][col])
					}
					if at == "f16" {
						got := round.FromF16(uint16(d[l*2+i/2] >> (16 * (i % 2))))
						within(t, "D", row*8+col, got, want, 17*unit*size+0x1p-11*math.Abs(want))
					} else {
						within(t, "D", row*8+col, math.Float32frombits(d[l*4+i]), want, 17*unit*size)
					}
				}
			}
			if n := r.Counts()[0].TensorFLOPs; n != uint64(2*16*8*c.k) {
				t.Errorf("counted %d tensor operations, want %d", n, 2*16*8*c.k)
			}
			r.close()
		})
	}
}

func accWords(regs int, at func(g, t, i int) (int, int), v []float32, typ string,
	into *[16][8]float64) []uint32 {
	out := make([]uint32, lanes*regs)
	for l := range lanes {
		for i := range 4 {
			row, col := at(l/4, l%4, i)
			if typ == "f16" {
				bits, x := encode(v[row*8+col], "f16")
				into[row][col] = x
				out[l*2+i/2] |= bits << (16 * (i % 2))
				continue
			}
			into[row][col] = float64(v[row*8+col])
			out[l*4+i] = math.Float32bits(v[row*8+col])
		}
	}
	return out
}

// mmaPTX is a kernel of one mma whose fragments come from and go to memory,
// lane by lane.
func mmaPTX(c mmaCase, rA, rB, rC int) string {
	var s strings.Builder
	s.WriteString(".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry mma(.param .u64 a, " +
		".param .u64 b, .param .u64 c, .param .u64 d)\n{\n")
	s.WriteString("\t.reg .b32 %a<4>, %b<2>, %c<4>, %d<4>, %t;\n\t.reg .b64 %p<8>;\n\tmov.u32 %t, %tid.x;\n")
	list := func(n string, k int) string {
		var l []string
		for i := range k {
			l = append(l, fmt.Sprintf("%%%s%d", n, i))
		}
		return "{" + strings.Join(l, ",") + "}"
	}
	for i, m := range []struct {
		name string
		n    int
	}{{"a", rA}, {"b", rB}, {"c", rC}, {"d", rC}} {
		fmt.Fprintf(&s, "\tld.param.u64 %%p%d, [%s];\n\tmad.wide.u32 %%p%d, %%t, %d, %%p%d;\n", i, m.name, i,
			4*m.n, i)
		for k := range m.n {
			if m.name != "d" {
				fmt.Fprintf(&s, "\tld.global.b32 %%%s%d, [%%p%d+%d];\n", m.name, k, i, 4*k)
			}
		}
	}
	acc := choose(c.acc == "f16", "f16", "f32")
	fmt.Fprintf(&s, "\tmma.sync.aligned.%s.row.col.%s.%s.%s.%s %s, %s, %s, %s;\n", c.shape, acc, c.in, c.in,
		acc,
		list("d", rC), list("a", rA), list("b", rB), list("c", rC))
	for k := range rC {
		fmt.Fprintf(&s, "\tst.global.b32 [%%p3+%d], %%d%d;\n", 4*k, k)
	}
	s.WriteString("\tret;\n}\n")
	return s.String()
}

// ldmatrix: lane l of matrix j gets elements 2(l%4), 2(l%4)+1 of row l/4, or of
// column l/4 when transposed; rows come from the addresses of lanes 8j … 8j+7.
func TestLoadMatrix(t *testing.T) {
	for _, trans := range []string{"", ".trans"} {
		for _, n := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("x%d%s", n, trans), func(t *testing.T) {
				regs := "{" + strings.Join([]string{"%r10", "%r11", "%r12", "%r13"}[:n], ", ") + "}"
				r := newRig(t, Options{})
				f := r.load(matrixPTX(n, trans, regs), "matrix")
				src := make([]uint16, 4*64)
				for i := range src {
					src[i] = uint16(i)
				}
				out := r.alloc(4 * 4 * lanes)
				r.launch(f, 1, 32, put(r, src), out)
				got := get[uint32](r, out, 4*lanes)
				for l := range lanes {
					for j := range n {
						i, k := l/4, l%4*2
						// Row i of matrix j is the 8 values at 64j + 8i.
						lo, hi := src[64*j+8*i+k], src[64*j+8*i+k+1]
						if trans != "" {
							lo, hi = src[64*j+8*k+i], src[64*j+8*(k+1)+i]
						}
						if want := uint32(lo) | uint32(hi)<<16; got[l*4+j] != want {
							t.Fatalf("lane %d of matrix %d: got %#x, want %#x", l, j, got[l*4+j], want)
						}
					}
				}
				r.close()
			})
		}
	}
}

func matrixPTX(n int, trans, regs string) string {
	return fmt.Sprintf(`.version 7.8
.target sm_90
.address_size 64
.visible .entry matrix(.param .u64 a, .param .u64 d)
{
	.reg .b32 %%r<20>;
	.reg .b64 %%rd<8>;
	.shared .align 16 .b8 tile[512];
	ld.param.u64 %%rd1, [a];
	ld.param.u64 %%rd2, [d];
	mov.u32 %%r1, %%tid.x;
	mad.wide.u32 %%rd3, %%r1, 16, %%rd1;
	ld.global.v4.u32 {%%r2, %%r3, %%r4, %%r5}, [%%rd3];
	mov.u64 %%rd4, tile;
	mad.wide.u32 %%rd4, %%r1, 16, %%rd4;
	st.shared.v4.u32 [%%rd4], {%%r2, %%r3, %%r4, %%r5};
	bar.sync 0;
	cvt.u32.u64 %%r6, %%rd4;
	mov.u32 %%r10, 0;
	mov.u32 %%r11, 0;
	mov.u32 %%r12, 0;
	mov.u32 %%r13, 0;
	ldmatrix.sync.aligned.m8n8.x%d%s.shared.b16 %s, [%%r6];
	mad.wide.u32 %%rd5, %%r1, 16, %%rd2;
	st.global.v4.u32 [%%rd5], {%%r10, %%r11, %%r12, %%r13};
	ret;
}
`, n, trans, regs)
}
