package emu

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Products of warps in the other types: D = A·B + C held to the plain sum over k,
// with the fragments laid out as the ISA's tables say.
func TestOtherMMA(t *testing.T) {
	for _, c := range []struct {
		shape, a, b, acc string
		sat              bool
	}{
		{"m8n8k16", "s8", "s8", "s32", false}, {"m16n8k16", "s8", "u8", "s32", false}, {"m16n8k32", "u8",
			"s8", "s32", true},
		{"m8n8k32", "s4", "u4", "s32", false}, {"m16n8k32", "u4", "u4", "s32", false}, {"m16n8k64", "s4",
			"s4", "s32", true},
		{"m16n8k32", "e4m3", "e4m3", "f32", false}, {"m16n8k32", "e5m2", "e4m3", "f32", false},
		{"m8n8k4", "f64", "f64", "f64", false}, {"m16n8k4", "f64", "f64", "f64", false}, {"m16n8k8", "f64",
			"f64", "f64", false},
		{"m16n8k16", "f64", "f64", "f64", false},
	} {
		t.Run(c.shape+"."+c.a+"."+c.b, func(t *testing.T) {
			otherMMACase(t, c.shape, c.a, c.b, c.acc,
				c.sat)
		})
	}
}

// fragmentOf says where element i of a lane lies in A of m rows, by the tables.
func fragmentA(m, e, l, i int) (row, col int) {
	g, q := l/4, l%4
	if m == 8 {
		return g, q*e + i
	}
	r := i / e // the register
	return g + 8*(r%2), q*e + i%e + r/2*4*e
}

func fragmentB(e, l, i int) (row, col int) { return l%4*e + i%e + i/e*4*e, l / 4 }

// An operandType draws and reads the elements of A or B.
type operandType struct {
	name  string
	width int // bits
	state *uint64
}

// value is the number that bits stand for.
func (o operandType) value(bits uint64) float64 {
	switch o.name {
	case "s8", "s4":
		return float64(sx(bits, o.width))
	case "e4m3":
		return refByte(bits, 3, 7)
	case "e5m2":
		return refByte(bits, 2, 15)
	case "f64":
		return math.Float64frombits(bits)
	}
	return float64(bits)
}

// draw is the next element of a fixed sequence.
func (o operandType) draw() uint64 {
	*o.state = *o.state*6364136223846793005 + 1442695040888963407
	b := *o.state >> 33
	switch o.name {
	case "f64":
		return math.Float64bits(float64(int32(b)) / 1024)
	case "e4m3", "e5m2":
		return b & 0xff &^ 0x40 // of magnitude below 2: no infinity, no NaN
	}
	return b & (1<<o.width - 1)
}

// fragments draws a matrix and returns it as the registers of all lanes hold it,
// elements of each lane, e to a register.
func (o operandType) fragments(elements, e int, at func(lane, i int) (row, col int),
	into [][]float64) []uint64 {
	regs := elements / e
	out := make([]uint64, lanes*regs)
	for l := range lanes {
		for i := range elements {
			row, col := at(l, i)
			bits := o.draw()
			into[row][col] = o.value(bits)
			out[l*regs+i/e] |= bits << (o.width % 64 * (i % e))
		}
	}
	return out
}

func newMatrix(rows, cols int) [][]float64 {
	m := make([][]float64, rows)
	for i := range m {
		m[i] = make([]float64, cols)
	}
	return m
}

// accumulators fills C, with numbers near the ends where the sum is to saturate, and
// returns it as the registers of all lanes hold it.
func accumulators(c [][]float64, regs int, typ string, sat bool) []uint64 {
	out := make([]uint64, lanes*regs)
	for l := range lanes {
		for i := range regs {
			x := float64(int(l*7+i*13) - 100)
			if sat {
				x = choose(i%2 == 0, math.MaxInt32-10, math.MinInt32+10.0)
			}
			c[l/4+8*(i/2)][l%4*2+i%2] = x
			out[l*regs+i] = map[string]uint64{"s32": uint64(uint32(int64(x))), "f32": f32bits(x),
				"f64": math.Float64bits(x)}[typ]
		}
	}
	return out
}

// otherMMACase multiplies A, of type ta, and B, of tb, and adds C, of acc.
func otherMMACase(t *testing.T, shape, ta, tb, acc string, sat bool) {
	var m, n, k int
	fmt.Sscanf(shape, "m%dn%dk%d", &m, &n, &k)
	width := map[string]int{"s8": 8, "u8": 8, "e4m3": 8, "e5m2": 8, "s4": 4, "u4": 4, "f64": 64}[ta]
	e := max(32/width, 1)
	state := uint64(12345)
	a, b, c := newMatrix(m, k), newMatrix(k, n), newMatrix(m, n)
	wa := operandType{ta, width, &state}.fragments(m*k/32, e,
		func(l, i int) (int, int) { return fragmentA(m, e, l, i) }, a)
	wb := operandType{tb, width, &state}.fragments(k*n/32, e,
		func(l, i int) (int, int) { return fragmentB(e, l, i) }, b)
	rC := m * n / 32
	wc := accumulators(c, rC, acc, sat)
	r := newRig(t, Options{})
	op := fmt.Sprintf("mma.sync.aligned.%s.row.col.%s%s.%s.%s.%s", shape, choose(sat, "satfinite.", ""), acc,
		ta, tb, acc)
	f := r.load(fragmentPTX(op, choose(width == 64, 64, 32), choose(acc == "f64", 64, 32), m*k/32/e,
		k*n/32/e, rC), "mma")
	pd := put(r, make([]uint64, lanes*rC))
	r.launch(f, 1, 32, put(r, wa), put(r, wb), put(r, wc), pd)
	for l, d := 0, get[uint64](r, pd, lanes*rC); l < lanes; l++ {
		for i := range rC {
			row, col := l/4+8*(i/2), l%4*2+i%2
			want, size := c[row][col], math.Abs(c[row][col])
			for p := range k {
				want += a[row][p] * b[p][col]
				size += math.Abs(a[row][p] * b[p][col])
			}
			got, bound := math.Float64frombits(d[l*rC+i]), float64(k+1)*0x1p-53*size
			switch acc {
			case "s32":
				got, bound = float64(int32(d[l*rC+i])), 0
				if sat {
					want = min(max(want, math.MinInt32), math.MaxInt32)
				}
			case "f32":
				got, bound = float64(math.Float32frombits(uint32(d[l*rC+i]))), float64(k+1)*unit*size
			}
			if !(math.Abs(got-want) <= bound) {
				t.Fatalf("D[%d][%d]: got %v, want %v ± %v", row, col, got, want, bound)
			}
		}
	}
	if c := r.Counts()[0].TensorFLOPs; c != uint64(2*m*n*k) {
		t.Errorf("counted %d tensor operations, want %d", c, 2*m*n*k)
	}
	r.close()
}

// fragmentPTX is a kernel of one mma whose registers come from and go to memory,
// 8 bytes for each.
func fragmentPTX(op string, in, acc, rA, rB, rC int) string {
	var s strings.Builder
	fmt.Fprintf(&s, `.version 8.4
.target sm_90
.address_size 64
.visible .entry mma(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d)
{
	.reg .b%d a<8>, b<8>;
	.reg .b%d c<4>, d<4>;
	.reg .b32 t;
	.reg .b64 p<4>;
	mov.u32 t, %%tid.x;
`, in, acc)
	var lists []string
	for i, m := range []struct {
		n, width int
	}{{rA, in}, {rB, in}, {rC, acc}, {rC, acc}} {
		name := string("abcd"[i])
		fmt.Fprintf(&s, "\tld.param.u64 p%d, [%s];\n\tmad.wide.u32 p%d, t, %d, p%d;\n", i, name, i, 8*m.n, i)
		var l []string
		for k := range m.n {
			if i < 3 {
				fmt.Fprintf(&s, "\tld.global.b%d %s%d, [p%d+%d];\n", m.width, name, k, i, 8*k)
			}
			l = append(l, fmt.Sprint(name, k))
		}
		lists = append(lists, "{"+strings.Join(l, ", ")+"}")
	}
	fmt.Fprintf(&s, "\t%s %s, %s, %s, %s;\n", op, lists[3], lists[0], lists[1], lists[2])
	for k := range rC {
		fmt.Fprintf(&s, "\tst.global.b%d [p3+%d], d%d;\n", acc, 8*k, k)
	}
	s.WriteString("\tret;\n}\n")
	return s.String()
}
