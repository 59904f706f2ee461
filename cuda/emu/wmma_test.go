package emu

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// wmma of matrices in memory, in either order and with rows further apart than
// they are long: D = A·B + C held to the plain sum.
func TestWMMA(t *testing.T) {
	for _, c := range []struct {
		shape, in, acc, out string
		sat                 bool
	}{
		{"m16n16k16", "f16", "f32", "f32", false}, {"m32n8k16", "f16", "f16", "f32", false}, {"m8n32k16",
			"f16", "f32", "f16", false},
		{"m16n16k16", "f16", "f16", "f16", false}, {"m16n16k16", "bf16", "f32", "f32", false}, {"m8n32k16",
			"bf16", "f32", "f32", false},
		{"m32n8k16", "bf16", "f32", "f32", false}, {"m16n16k8", "tf32", "f32", "f32", false}, {"m16n16k16",
			"s8", "s32", "s32", false},
		{"m8n32k16", "u8", "s32", "s32", true}, {"m32n8k16", "s8", "s32", "s32", true}, {"m8n8k4", "f64",
			"f64", "f64", false},
	} {
		for k, space := range []string{"", ".global", ".shared"} {
			t.Run(fmt.Sprint(c.shape, ".", c.in, ".", c.acc, ".", c.out, space), func(t *testing.T) {
				wmmaCase(t, c.shape, c.in, c.acc, c.out, c.sat, space, [2]string{"row", "col"}[k&1],
					[2]string{"col", "row"}[k>>1&1])
			})
		}
	}
}

// wmmaValue draws the bits of a number of a type and what they stand for.
func wmmaValue(i int, typ string) (bits uint64, x float64) {
	x = float64((i*37+i/7)%41-20) / 8
	switch typ {
	case "f16":
		return uint64(round.ToF16(x, round.NearestEven)), x // eighths up to 3 are halves, and bfloat16
	case "bf16":
		return uint64(math.Float32bits(float32(x)) >> 16), x
	case "s8":
		return uint64(uint8(int8(8 * x))), 8 * x
	case "u8":
		return uint64(uint8(8*x + 20)), 8*x + 20
	case "s32":
		x = float64(math.MaxInt32 - 1000 + i)
		return uint64(uint32(int64(x))), x
	case "f64":
		return math.Float64bits(x), x
	}
	return f32bits(x), x
}

// apart is how many elements are between two rows, or columns, of a wmmaMatrix.
const apart = 3

// A wmmaMatrix is a matrix in memory, row by row or column by column.
type wmmaMatrix struct {
	rows, cols, ld int
	column         bool
	typ            string
	bytes          []byte
	x              []float64 // row by row
}

// sizeOf is the number of bytes of an element.
func sizeOf(typ string) int { return ptx.Types[strings.Replace(typ, "tf32", "f32", 1)].Size() }

func newWMMAMatrix(rows, cols int, typ, layout string, seed int) *wmmaMatrix {
	p := &wmmaMatrix{rows: rows, cols: cols, column: layout == "col", typ: typ, x: make([]float64, rows*cols)}
	lines := rows
	if p.ld = cols + apart; p.column {
		p.ld, lines = rows+apart, cols
	}
	p.bytes = make([]byte, p.ld*lines*sizeOf(typ))
	for i := range p.x {
		bits, x := wmmaValue(i+seed, typ)
		p.x[i] = x
		at := i/cols*p.ld + i%cols
		if p.column {
			at = i%cols*p.ld + i/cols
		}
		for b := range sizeOf(typ) {
			p.bytes[at*sizeOf(typ)+b] = byte(bits >> (8 * b))
		}
	}
	return p
}

// wmmaRegisters are the registers of a fragment of operand which: a, b, c or d.
func wmmaRegisters(which string, elements int, typ string) string {
	count, name := elements*sizeOf(typ)/4/lanes, which
	if typ == "f16" && which < "c" {
		count = 8
	}
	if typ == "f64" {
		count, name = elements/lanes, strings.ToUpper(which)
	}
	var l []string
	for i := range count {
		l = append(l, fmt.Sprint(name, i))
	}
	return "{" + strings.Join(l, ", ") + "}"
}

// writeWMMALoads writes the loads of a, b and c, from global memory or from shared
// memory, where one thread has copied them.
func writeWMMALoads(s *strings.Builder, shape, space string, operands []*wmmaMatrix, regs []string) {
	off := 0
	for i, p := range operands {
		name, addr := string("abc"[i]), fmt.Sprintf("p%d", i)
		fmt.Fprintf(s, "ld.param.u64 p%d, [%s];\n", i, name)
		if space == ".shared" {
			fmt.Fprintf(s, "mov.u32 r1, %%tid.x; setp.ne.u32 more, r1, 0; @more bra copied%d;\n"+
				"mov.u32 r1, 0;\ncopy%d: ld.global.u8 byte, [p%d];\n"+
				"add.u32 r2, r1, tile; st.shared.u8 [r2+%d], byte;\n"+
				"add.u64 p%d, p%d, 1; add.u32 r1, r1, 1; setp.lt.u32 more, r1, %d; @more bra copy%d;\n"+
				"copied%d: bar.sync 0;\n", i, i, i, off, i, i, len(p.bytes), i, i)
			addr = fmt.Sprintf("tile+%d", off)
			off += (len(p.bytes) + 31) &^ 31
		}
		fmt.Fprintf(s, "wmma.load.%s.sync.aligned.%s.%s%s.%s %s, [%s], %d;\n", name,
			choose(p.column, "col", "row"), shape, space, p.typ, regs[i], addr, p.ld)
	}
}

// wmmaResult is an element as it was stored, and by how much it may differ from want,
// which is changed as the type does.
func wmmaResult(bits uint64, out string, sat bool, want *float64) (x, bound float64) {
	switch out {
	case "f16":
		return float64(round.FromF16(uint16(bits))), math.Abs(*want) * 0x1p-11
	case "s32":
		*want = choose(sat, min(max(*want, math.MinInt32), math.MaxInt32), float64(int32(int64(*want))))
		return float64(int32(bits)), 0
	case "f64":
		return math.Float64frombits(bits), 0
	}
	return float64(math.Float32frombits(uint32(bits))), 0 // eighths of eighths: exact
}

// wmmaCase multiplies A and B, of type in, adds C, of acc, and stores D, of out.
func wmmaCase(t *testing.T, shape, in, acc, out string, sat bool, space, la, lb string) {
	var m, n, k int
	fmt.Sscanf(shape, "m%dn%dk%d", &m, &n, &k)
	a, b := newWMMAMatrix(m, k, in, la, 1), newWMMAMatrix(k, n, in, lb, 2)
	c, d := newWMMAMatrix(m, n, acc, "col", 3), newWMMAMatrix(m, n, out, "row", 4)
	var s strings.Builder
	fmt.Fprintf(&s, ".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 a, "+
		".param .u64 b, .param .u64 c, .param .u64 d)\n{\n.reg .b32 a<8>, b<8>, c<8>, d<8>, r<3>;\n"+
		".reg .b64 A<8>, B<8>, C<8>, D<8>, p<4>;\n.reg .b8 byte;\n.reg .pred more;\n"+
		".shared .align 32 .b8 tile[8192];\n")
	regs := []string{wmmaRegisters("a", m*k, in), wmmaRegisters("b", k*n, in), wmmaRegisters("c", m*n, acc),
		wmmaRegisters("d", m*n, out)}
	writeWMMALoads(&s, shape, space, []*wmmaMatrix{a, b, c}, regs)
	types := out + "." + acc
	if in != "f16" {
		types = strings.Join([]string{out, in, in, acc}, ".") + choose(sat, ".satfinite", "")
	}
	fmt.Fprintf(&s, "wmma.mma.sync.aligned.%s.%s.%s.%s %s;\n", la, lb, shape, types,
		strings.Join([]string{regs[3], regs[0], regs[1], regs[2]}, ", "))
	fmt.Fprintf(&s, "ld.param.u64 p3, [d];\nwmma.store.d.sync.aligned.row.%s.global.%s [p3], %s, "+
		"%d;\nret;\n}\n",
		shape, out, regs[3], d.ld)
	r := newRig(t, Options{})
	f := r.load(s.String(), "k")
	pd := put(r, d.bytes)
	r.launch(f, 1, lanes, put(r, a.bytes), put(r, b.bytes), put(r, c.bytes), pd)
	got := get[byte](r, pd, len(d.bytes))
	for i := range m {
		for j := range n {
			want := c.x[i*n+j]
			for p := range k {
				want += a.x[i*k+p] * b.x[p*n+j]
			}
			var bits uint64
			for b := range sizeOf(out) {
				bits |= uint64(got[(i*d.ld+j)*sizeOf(out)+b]) << (8 * b)
			}
			if x, bound := wmmaResult(bits, out, sat, &want); math.Abs(x-want) > bound {
				t.Fatalf("D[%d][%d]: got %v, want %v", i, j, x, want)
			}
		}
	}
	if c := r.Counts()[0].TensorFLOPs; c != uint64(2*m*n*k) {
		t.Errorf("counted %d tensor operations, want %d", c, 2*m*n*k)
	}
	r.close()
}
