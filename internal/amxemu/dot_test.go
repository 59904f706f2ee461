package amxemu

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestDotShapes: every disagreement of shapes is refused, and every agreement is not.
func TestDotShapes(t *testing.T) {
	for _, c := range []struct {
		name      string
		c, a, b   shape
		in        Instruction
		undefined bool
	}{
		{"the largest", shape{16, 64}, shape{16, 64}, shape{16, 64}, Instruction{}, false},
		{"the smallest", shape{1, 4}, shape{1, 4}, shape{1, 4}, Instruction{}, false},
		{"three sizes", shape{3, 20}, shape{3, 28}, shape{7, 20}, Instruction{}, false},
		{"rows of C and A", shape{4, 20}, shape{3, 28}, shape{7, 20}, Instruction{}, true},
		{"columns of C and B", shape{3, 24}, shape{3, 28}, shape{7, 20}, Instruction{}, true},
		{"columns of A and rows of B", shape{3, 20}, shape{3, 24}, shape{7, 20}, Instruction{}, true},
		{"half a word of C and B", shape{3, 18}, shape{3, 28}, shape{7, 18}, Instruction{}, true},
		{"half a word of A", shape{3, 20}, shape{3, 30}, shape{7, 20}, Instruction{}, true},
		{"no B", shape{3, 20}, shape{3, 28}, shape{}, Instruction{}, true},
		{"C is A", shape{4, 16}, shape{4, 16}, shape{4, 16}, Instruction{A: 0, B: 2}, true},
		{"C is B", shape{4, 16}, shape{4, 16}, shape{4, 16}, Instruction{A: 1, B: 0}, true},
		{"A is B", shape{4, 16}, shape{4, 16}, shape{4, 16}, Instruction{A: 1, B: 1}, true},
	} {
		tl := configured(t, c.c, c.a, c.b)
		in := c.in
		if in == (Instruction{}) {
			in.A, in.B = 1, 2
		}
		in.Op = DotBF16
		err := do(tl, nil, in, 0, 0)
		if errors.Is(err, ErrUndefined) != c.undefined || !c.undefined && err != nil {
			t.Errorf("%s: got %v, want it undefined: %v", c.name, err, c.undefined)
		}
	}
}

// fill sets element (i, j) of a tile's rows: a float32 for C, a bfloat16 for A and B.
func (d *tile) fill32(i, j int, v float32) {
	binary.LittleEndian.PutUint32(d.data[i*rowSize+4*j:], math.Float32bits(v))
}

func (d *tile) fill16(i, j int, v float32) {
	binary.LittleEndian.PutUint16(d.data[i*rowSize+2*j:], uint16(math.Float32bits(v)>>16))
}

func (d *tile) at32(i, j int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(d.data[i*rowSize+4*j:]))
}

// TestDotByHand: one element, whose value the pseudo-code gives by hand.
func TestDotByHand(t *testing.T) {
	const tiny = 0x1p-127 // a denormal number
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name string
		c    float32
		a, b [4]float32 // k = 0 even, odd; k = 1 even, odd
		want float32
	}{
		{"a sum", 1, [4]float32{2, 3, 5, 7}, [4]float32{1, 10, 100, 1000}, 7533},
		// 2²⁴ + 1 is not a float32. The even sum is 2²⁴ + 1 → 2²⁴, the odd one 1: together 2²⁴ again. Pair by
		// pair 1 + 1 would have been 2, and 2²⁴ + 2 is a float32.
		{"even and odd apart", 0, [4]float32{0x1p24, 1, 1, 0}, [4]float32{1, 1, 1, 1}, 0x1p24},
		// 1 + 1 = 2 of the two sums, then 2²⁴ + 2: C comes last. C first would stay 2²⁴.
		{"C comes last", 0x1p24, [4]float32{1, 1, 0, 0}, [4]float32{1, 1, 1, 1}, 0x1p24 + 2},
		{"a tie to even, down", 0x1p24, [4]float32{1, 0, 0, 0}, [4]float32{1, 0, 0, 0}, 0x1p24},
		{"a tie to even, up", 0x1p24 + 2, [4]float32{1, 0, 0, 0}, [4]float32{1, 0, 0, 0}, 0x1p24 + 4},
		{"a denormal operand is zero", 0, [4]float32{tiny, 0, 0, 0}, [4]float32{0x1p127, 0, 0, 0}, 0},
		{"a denormal C is zero", tiny, [4]float32{}, [4]float32{}, 0},
		{"a negative one is −0, and −0 + 0 is 0", -tiny, [4]float32{}, [4]float32{}, 0},
		{"a denormal sum is zero", 0, [4]float32{0x1p-63, 0, 0, 0}, [4]float32{0x1p-64, 0, 0, 0}, 0},
		// Were the denormal products kept, they would make 2⁻¹²⁶.
		{"each sum is flushed", 0, [4]float32{0x1p-63, 0, 0x1p-63, 0}, [4]float32{0x1p-64, 0, 0x1p-64, 0}, 0},
		// A product is not flushed before it is added: 2⁻¹²⁵ − 2⁻¹²⁷ is normal.
		{"a product is not flushed", 0, [4]float32{0x1p-62, 0, 0x1p-63, 0},
			[4]float32{0x1p-63, 0, -0x1p-64, 0}, 0x1.8p-126},
		{"overflow", 0, [4]float32{0x1p127, 0, 0, 0}, [4]float32{2, 0, 0, 0}, inf},
		{"a product of 2¹²⁸", 0, [4]float32{0x1p127, 0, -0x1p127, 0}, [4]float32{1, 0, 2, 0}, -0x1p127},
		{"0·∞", 0, [4]float32{0, 0, 0, 0}, [4]float32{inf, 0, 0, 0}, float32(math.NaN())},
		{"∞ − ∞", -inf, [4]float32{inf, 0, 0, 0}, [4]float32{1, 0, 0, 0}, float32(math.NaN())},
		{"denormal·∞", 0, [4]float32{tiny, 0, 0, 0}, [4]float32{inf, 0, 0, 0}, float32(math.NaN())},
	} {
		tl := configured(t, shape{1, 4}, shape{1, 8}, shape{2, 4})
		tl.tile[0].fill32(0, 0, c.c)
		for i := range 4 {
			tl.tile[1].fill16(0, i, c.a[i])
			tl.tile[2].fill16(i/2, i%2, c.b[i])
		}
		if err := do(tl, nil, Instruction{Op: DotBF16, A: 1, B: 2}, 0, 0); err != nil {
			t.Fatal(err)
		}
		got := tl.tile[0].at32(0, 0)
		if math.Float32bits(got) != math.Float32bits(c.want) && (got == got || c.want == c.want) {
			t.Errorf("%s: got %v (%#x), want %v", c.name, got, math.Float32bits(got), c.want)
		}
	}
}

// TestDotElements: a product of every shape has its element (i, j) where it belongs, and zeros beyond.
func TestDotElements(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for m := 1; m <= maxRows; m++ {
		n, k := 1+r.IntN(16), 1+r.IntN(16)
		tl := configured(t, shape{m, 4 * n}, shape{m, 4 * k}, shape{k, 4 * n})
		tl.tile[0].data[m%maxRows*rowSize+4*n%rowSize] = 0
		want := make([]float32, m*n) // small integers: every sum is exact
		for i := range m {
			for j := range n {
				want[i*n+j] = float32(i - j)
				tl.tile[0].fill32(i, j, float32(i-j))
				for q := range 2 * k {
					a, b := float32((3*i+q)%7-3), float32((5*j+2*q)%11-5)
					tl.tile[1].fill16(i, q, a)
					tl.tile[2].fill16(q/2, 2*j+q%2, b)
					want[i*n+j] += a * b
				}
			}
		}
		if err := do(tl, nil, Instruction{Op: DotBF16, A: 1, B: 2}, 0, 0); err != nil {
			t.Fatal(err)
		}
		for i := range maxRows {
			for j := range 16 {
				w := float32(0)
				if i < m && j < n {
					w = want[i*n+j]
				}
				if got := tl.tile[0].at32(i, j); got != w {
					t.Fatalf("%d×%d×%d: C[%d, %d] = %v, want %v", m, n, k, i, j, got, w)
				}
			}
		}
	}
}

// exactly is x·y + z by exact arithmetic, rounded once to 24 bits and then flushed.
func exactly(x, y, z float32) float32 {
	b := func(v float32) *big.Float { return new(big.Float).SetPrec(1000).SetFloat64(float64(flush(v))) }
	s := new(big.Float).SetPrec(1000).Mul(b(x), b(y))
	s.Add(s, b(z)).SetMode(big.ToNearestEven).SetPrec(24)
	if s.Sign() != 0 && s.MantExp(nil) < -125 {
		return 0
	}
	v, _ := s.Float32()
	return v
}

// multiplyAdd is x·y + z as add has it.
func multiplyAdd(x, y, z float32) float32 {
	return round(float64(flush(x))*float64(flush(y)) + float64(flush(z)))
}

// TestMultiplyAdd holds the arithmetic to exact numbers: at random, near ties, near the least normal
// number and beyond the largest.
func TestMultiplyAdd(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	draw := func(bits, low, high int) float32 {
		v := math.Ldexp(1+float64(r.IntN(1<<bits))/float64(int(1)<<bits), low+r.IntN(high-low+1))
		return float32(1-2*r.IntN(2)) * float32(v)
	}
	flushed, ties := 0, 0
	for i := range 200000 {
		x, y, z := draw(7, -10, 10), draw(7, -10, 10), draw(23, -20, 20)
		switch i % 4 {
		case 1: // a product of few bits against a large sum: ties are common
			x, y, z = draw(3, 0, 2), draw(3, 0, 2), draw(23, 22, 28)
		case 2:
			x, y, z = draw(7, -70, -60), draw(7, -70, -60), draw(23, -128, -124)
		case 3:
			x, y, z = draw(7, 60, 64), draw(7, 60, 64), draw(23, 120, 127)
		}
		got, want := multiplyAdd(x, y, z), exactly(x, y, z)
		if math.Float32bits(got)&^(1<<31) != math.Float32bits(want)&^(1<<31) || got != want {
			t.Fatalf("%v·%v + %v: got %v (%#x), want %v", x, y, z, got, math.Float32bits(got), want)
		}
		if want == 0 && x != 0 {
			flushed++
		}
		if exact := float64(x)*float64(y) + float64(z); float64(want) != exact {
			ties++
		}
	}
	if flushed < 1000 || ties < 1000 {
		t.Errorf("%d flushed and %d rounded: the test tests little", flushed, ties)
	}
	// Just below 2⁻¹²⁶: what rounds to it at 24 bits is normal, what does not is flushed.
	for _, c := range []struct{ x, z, want float32 }{
		{-0x1p-75, 0x1p-126, 0x1p-126}, {-0x1.8p-75, 0x1p-126, 0}, {-0x1p-74, 0x1p-126, 0},
	} {
		if got := multiplyAdd(c.x, 0x1p-76, c.z); got != c.want {
			t.Errorf("%v·2⁻⁷⁶ + %v: got %v, want %v", c.x, c.z, got, c.want)
		}
	}
}

// TestAddPlain: numbers that count as plain are added as all others are, at both ends of their range too; and
// one that is not makes a tile another.
func TestAddPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	tl := configured(t, shape{16, 64}, shape{16, 64})
	for round := range 200 {
		low, high := -40, 39
		if round%3 == 1 {
			high = -39
		} else if round%3 == 2 {
			low = 38
		}
		for i := range 2 * 16 * 32 {
			v := float32(math.Ldexp(1+float64(r.IntN(128))/128, low+r.IntN(high-low+1)))
			v *= float32(r.IntN(4) - 1) // of either sign, or zero, or twice it
			if v > 0x1.fep39 {
				v = 0x1.fep39
			}
			tl.tile[i/512].fill16(i/32%16, i%32, v)
		}
		a, plainA := tl.tile[0].numbers()
		b, plainB := tl.tile[1].numbers()
		if !plainA || !plainB {
			t.Fatalf("round %d: tiles are not plain", round)
		}
		for i := range a {
			var got, want [rowSize / 2]float32
			addPlain(&got, a[i][:], &b)
			add(&want, a[i][:], &b)
			for j := range got {
				if math.Float32bits(got[j]) != math.Float32bits(want[j]) {
					t.Fatalf("round %d: sum %d of row %d is %v, want %v", round, j, i, got[j], want[j])
				}
			}
		}
	}
	for _, v := range []float32{0x1p40, 0x1.fep-41, float32(math.Inf(-1)), float32(math.NaN())} {
		tl.tile[0].fill16(3, 5, v)
		if _, plain := tl.tile[0].numbers(); plain {
			t.Errorf("%v counts as plain", v)
		}
	}
}

// BenchmarkDot is a product of the largest tiles.
func BenchmarkDot(b *testing.B) {
	var tl Tiles
	c := configuration(shape{16, 64}, shape{16, 64}, shape{16, 64})
	if err := tl.configure(&c); err != nil {
		b.Fatal(err)
	}
	for i := range 16 * 32 {
		tl.tile[1].fill16(i/32, i%32, float32(i%7)-2.5)
		tl.tile[2].fill16(i/32, i%32, float32(i%5)-1.5)
	}
	for b.Loop() {
		if err := tl.dotBF16(Instruction{A: 1, B: 2}); err != nil {
			b.Fatal(err)
		}
	}
}
