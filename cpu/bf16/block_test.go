package bf16

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// blockCase is a block over operands that it makes.
type blockCase struct {
	lines, m, n, segments, steps int
	add, bias                    bool
}

// cases are on either side of the kernels' rows, columns and steps.
func blockCases() (cs []blockCase) {
	for _, m := range []int{1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 15, 16, 17, 25, 31, 32, 33} {
		for _, n := range []int{1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100} {
			cs = append(cs, blockCase{1 + (m+n)%3, m, n, 1 + (m+n)%2*2, 1 + (m*n)%3, n%4 == 1, n%4 == 2})
		}
	}
	return append(cs, blockCase{2, 14, 40, 3, 9, false, true}, blockCase{1, 30, 70, 1, 40, true, false},
		blockCase{5, 7, 100, 3, 1, true, false}, blockCase{4, 40, 70, 1, 2, false, true},
		blockCase{7, 16, 33, 1, 1, false, false})
}

// number is a bfloat16 of either sign: of order 1, of any size, denormal, or zero.
func number(rng *rand.Rand, wild bool) uint16 {
	h := Round(float32(rng.NormFloat64()))
	if wild {
		switch rng.IntN(4) {
		case 0:
			h = uint16(rng.IntN(2)<<15 | rng.IntN(0x7f80))
		case 1:
			h = uint16(rng.IntN(2)<<15 | rng.IntN(0x100))
		}
	}
	return h
}

// operands are a block's rows of A with a gap, panels of B, C and a bias.
type operands struct {
	a      []uint16
	b      []uint16 // by panel, step, pair, column and half
	c      []float32
	bias   []float32
	rowA   int // in numbers, as are the others
	lineA  int
	rowC   int
	panelB int
	block  Block
}

// make draws the operands of c, and the block over them.
func (c blockCase) make(rng *rand.Rand, wild bool) *operands {
	k := StepK * c.steps
	o := &operands{rowA: c.segments*(k+2) + 5, rowC: c.n + 3}
	o.lineA = c.m*o.rowA + 7
	o.panelB = k * c.segments * PanelColumns
	o.a = make([]uint16, c.lines*o.lineA)
	words := make([]uint64, (Panels(c.n)*o.panelB+32)/4+8)
	o.b = unsafe.Slice((*uint16)(unsafe.Pointer(&words[0])), 4*len(words))
	o.b = o.b[int(-uintptr(unsafe.Pointer(&o.b[0]))%64)/2:]
	o.c = make([]float32, c.lines*c.m*o.rowC)
	o.bias = make([]float32, c.n)
	for i := range o.a {
		o.a[i] = number(rng, wild)
	}
	for i := range Panels(c.n) * o.panelB {
		o.b[i] = number(rng, wild)
	}
	for i := range o.c {
		o.c[i] = float32(rng.NormFloat64())
		if wild {
			o.c[i] *= float32(math.Ldexp(1, rng.IntN(40)-140))
		}
	}
	for i := range o.bias {
		o.bias[i] = float32(rng.NormFloat64())
	}
	o.block = Block{
		Lines: c.lines, M: c.m, N: c.n,
		A: unsafe.Pointer(&o.a[0]), LineA: 2 * o.lineA, RowA: 2 * o.rowA,
		SegmentA: 2 * (k + 2), Segments: c.segments, Steps: c.steps,
		B: unsafe.Pointer(&o.b[0]), PanelB: 2 * o.panelB,
		C: unsafe.Pointer(&o.c[0]), LineC: 4 * c.m * o.rowC, RowC: 4 * o.rowC, Add: c.add,
	}
	if c.bias {
		o.block.Bias = unsafe.Pointer(&o.bias[0])
	}
	return o
}

// terms are the numbers of A and B that element (l, i; j) sums, k in order.
func (o *operands) terms(c blockCase, l, i, j int) (a, b []uint16) {
	k := StepK * c.steps
	for s := range c.segments {
		at := l*o.lineA + i*o.rowA + s*(k+2)
		a = append(a, o.a[at:at+k]...)
		for q := range k {
			word := j/PanelColumns*o.panelB/2 + (s*k+q)/2*PanelColumns + j%PanelColumns
			b = append(b, o.b[2*word+q%2])
		}
	}
	return a, b
}

// TestBlock holds every form to its class, to the bit, and to the sum in float64; nothing but the block's
// rows and columns of C is written.
func TestBlock(t *testing.T) {
	for _, f := range Forms() {
		t.Run(f.String(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			for n, c := range blockCases() {
				o := c.make(rng, n%3 == 0)
				before := append([]float32(nil), o.c...)
				KernelOf(f).Do(&o.block)
				o.check(t, fmt.Sprintf("%+v", c), c, f.Class(), before, n%3 == 0)
			}
		})
	}
}

// check holds C to what a class makes of the operands.
func (o *operands) check(t *testing.T, what string, c blockCase, class Class, before []float32, wild bool) {
	t.Helper()
	for at, got := range o.c {
		l, i, j := at/(c.m*o.rowC), at/o.rowC%c.m, at%o.rowC
		if j >= c.n {
			if got != before[at] {
				t.Fatalf("%s: column %d of row %d is written", what, j, i)
			}
			continue
		}
		var start float32
		switch {
		case c.add:
			start = before[at]
		case c.bias:
			start = o.bias[j]
		}
		a, b := o.terms(c, l, i, j)
		if want := class.Sum(start, a, b); math.Float32bits(got) != math.Float32bits(want) &&
			!(got != got && want != want) {
			t.Fatalf("%s: C[%d,%d;%d] = %v (%#x), want %v (%#x)", what, l, i, j,
				got, math.Float32bits(got), want, math.Float32bits(want))
		}
		sum, size := float64(start), math.Abs(float64(start))
		for k := range a {
			p := float64(Float(a[k])) * float64(Float(b[k]))
			sum += p
			size += math.Abs(p)
		}
		bound := float64(len(a)+2)*0x1p-24*size + 0x1p-120
		if !wild && !(math.Abs(float64(got)-sum) <= bound) {
			t.Fatalf("%s: C[%d,%d;%d] = %v, want %v ± %v", what, l, i, j, got, sum, bound)
		}
	}
}

// TestBlockAllocs: a kernel allocates nothing.
func TestBlockAllocs(t *testing.T) {
	c := blockCase{lines: 2, m: 13, n: 40, segments: 2, steps: 2}
	o := c.make(rand.New(rand.NewPCG(3, 4)), false)
	for _, f := range Forms() {
		do := KernelOf(f).Do
		if n := testing.AllocsPerRun(3, func() { do(&o.block) }); n != 0 {
			t.Errorf("%v: %v allocations, want 0", f, n)
		}
	}
}

// BenchmarkBlock prints the rate of each form.
func BenchmarkBlock(b *testing.B) {
	for _, f := range Forms() {
		b.Run(f.String(), func(b *testing.B) {
			c := blockCase{lines: 1, m: 96, n: 128, segments: 1, steps: 12}
			o := c.make(rand.New(rand.NewPCG(3, 4)), false)
			do := KernelOf(f).Do
			for b.Loop() {
				do(&o.block)
			}
			b.ReportMetric(2*float64(b.N)*96*128*32*12/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
