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
		{"m8n8k16", "s8", "s8", "s32", false}, {"m16n8k16", "s8", "u8", "s32", false}, {"m16n8k32", "u8", "s8", "s32", true},
		{"m8n8k32", "s4", "u4", "s32", false}, {"m16n8k32", "u4", "u4", "s32", false}, {"m16n8k64", "s4", "s4", "s32", true},
		{"m16n8k32", "e4m3", "e4m3", "f32", false}, {"m16n8k32", "e5m2", "e4m3", "f32", false},
		{"m8n8k4", "f64", "f64", "f64", false}, {"m16n8k4", "f64", "f64", "f64", false}, {"m16n8k8", "f64", "f64", "f64", false},
		{"m16n8k16", "f64", "f64", "f64", false},
	} {
		t.Run(c.shape+"."+c.a+"."+c.b, func(t *testing.T) { otherMMACase(t, c.shape, c.a, c.b, c.acc, c.sat) })
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

func otherMMACase(t *testing.T, shape, ta, tb, acc string, sat bool) {
	var m, n, k int
	fmt.Sscanf(shape, "m%dn%dk%d", &m, &n, &k)
	width := map[string]int{"s8": 8, "u8": 8, "e4m3": 8, "e5m2": 8, "s4": 4, "u4": 4, "f64": 64}[ta]
	e := max(32/width, 1)
	value := func(bits uint64, typ string) float64 {
		switch typ {
		case "s8", "s4":
			return float64(sx(bits, width))
		case "e4m3":
			return refByte(bits, 3, 7)
		case "e5m2":
			return refByte(bits, 2, 15)
		case "f64":
			return math.Float64frombits(bits)
		}
		return float64(bits)
	}
	state := uint64(12345)
	draw := func(typ string) uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		b := state >> 33
		switch typ {
		case "f64":
			return math.Float64bits(float64(int32(b)) / 1024)
		case "e4m3", "e5m2":
			return b & 0xff &^ 0x40 // of magnitude below 2: no infinity, no NaN
		}
		return b & (1<<width - 1)
	}
	a, b, cc := make([][]float64, m), make([][]float64, k), make([][]float64, m)
	for i := range a {
		a[i], cc[i] = make([]float64, k), make([]float64, n)
	}
	for i := range b {
		b[i] = make([]float64, n)
	}
	word := choose(width == 64, 64, 32)
	nA, nB, nC := m*k/32, k*n/32, m*n/32
	rA, rB, rC := nA/e, nB/e, nC
	fill := func(elements, regs int, typ string, at func(l, i int) (int, int), into [][]float64) []uint64 {
		out := make([]uint64, lanes*regs)
		for l := range lanes {
			for i := range elements {
				row, col := at(l, i)
				bits := draw(typ)
				into[row][col] = value(bits, typ)
				out[l*regs+i/e] |= bits << (width % 64 * (i % e))
			}
		}
		return out
	}
	wa := fill(nA, rA, ta, func(l, i int) (int, int) { return fragmentA(m, e, l, i) }, a)
	wb := fill(nB, rB, tb, func(l, i int) (int, int) { return fragmentB(e, l, i) }, b)
	wc := make([]uint64, lanes*rC)
	for l := range lanes {
		for i := range rC {
			x := float64(int(l*7+i*13) - 100)
			if sat {
				x = choose(i%2 == 0, math.MaxInt32-10, math.MinInt32+10.0)
			}
			cc[l/4+8*(i/2)][l%4*2+i%2] = x
			wc[l*rC+i] = map[string]uint64{"s32": uint64(uint32(int64(x))), "f32": f32bits(x), "f64": math.Float64bits(x)}[acc]
		}
	}
	r := newRig(t, Options{})
	mod := choose(sat, "satfinite.", "")
	op := fmt.Sprintf("mma.sync.aligned.%s.row.col.%s%s.%s.%s.%s", shape, mod, acc, ta, tb, acc)
	f := r.load(fragmentPTX(op, word, choose(acc == "f64", 64, 32), rA, rB, rC), "mma")
	pd := put(r, make([]uint64, lanes*rC))
	r.launch(f, 1, 32, put(r, wa), put(r, wb), put(r, wc), pd)
	for l, d := 0, get[uint64](r, pd, lanes*rC); l < lanes; l++ {
		for i := range rC {
			row, col := l/4+8*(i/2), l%4*2+i%2
			want, size := cc[row][col], math.Abs(cc[row][col])
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
