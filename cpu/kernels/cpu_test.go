package kernels

import (
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestLevels: the levels that this machine lists run, and no others.
func TestLevels(t *testing.T) {
	ls := Levels()
	if ls[0] != Go || !slices.IsSorted(ls) {
		t.Errorf("Levels: got %v, want go first and the fastest last", ls)
	}
	for l := Auto; l <= AVX512; l++ {
		e, err := New(Options{Workers: 1, Level: l})
		if ok := l == Auto || slices.Contains(ls, l); ok != (err == nil) {
			t.Errorf("New(%v): got %v, want an error only for a level not in %v", l, err, ls)
		}
		if err == nil {
			if l != Auto && e.Level() != l {
				t.Errorf("New(%v) runs %v", l, e.Level())
			}
			e.Close()
		}
	}
	if _, err := New(Options{Workers: -1}); err == nil {
		t.Error("New: no error for -1 workers")
	}
}

// TestSysCaches reads a directory like that of Linux, with a size that is not believable.
func TestSysCaches(t *testing.T) {
	dir := t.TempDir()
	for i, f := range [][3]string{
		{"1", "Data", "48K"}, {"1", "Instruction", "32K"}, {"2", "Unified", "2M\n"},
		{"3", "Unified", "99999999G"}, {"x", "Data", "-3K"},
	} {
		d := filepath.Join(dir, "index"+string(rune('0'+i)))
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		for j, name := range []string{"level", "type", "size"} {
			if err := os.WriteFile(filepath.Join(d, name), []byte(f[j]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := sysCaches(dir), (Cache{L1: 48 << 10, L2: 2 << 20}); got != want {
		t.Errorf("sysCaches: got %+v, want %+v", got, want)
	}
	if got := sysCaches(filepath.Join(dir, "none")); got != (Cache{}) {
		t.Errorf("sysCaches of nothing: got %+v", got)
	}
	if c := Caches(); c.L1 < 4<<10 || c.L2 < 4<<10 || c.L3 < 4<<10 {
		t.Errorf("Caches: got %+v, want every level", c)
	}
}

// FuzzParseSize: no text crashes it or yields a size out of range.
func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"48K", "2M", "1G", "", "K", "-1K", "9223372036854775807G"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n := parseSize(s); n < 0 || n > 1<<52 {
			t.Errorf("parseSize(%q) = %d", s, n)
		}
	})
}

// exactFMA is x·y + z rounded once, by exact arithmetic.
func exactFMA(x, y, z float32) float32 {
	b := func(v float32) *big.Float { return new(big.Float).SetPrec(1000).SetFloat64(float64(v)) }
	s := new(big.Float).SetPrec(1000).Mul(b(x), b(y))
	r, _ := s.Add(s, b(z)).Float32()
	return r
}

// TestFMA holds fma32 to exact arithmetic where two roundings differ from one: sums
// near a tie, results near and below the least normal number, overflow.
func TestFMA(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sign := func() float32 { return float32(1 - 2*r.IntN(2)) }
	draw := func(low, high int) float32 {
		return sign() * float32(math.Ldexp(1+float64(r.IntN(1<<23))*0x1p-23, low+r.IntN(high-low+1)))
	}
	ties := 0
	for i := range 400000 {
		x, y, z := draw(-20, 20), draw(-20, 20), draw(-40, 40)
		switch i % 4 {
		case 1: // few bits: ties are common
			x, y, z = sign()*float32(1+r.IntN(1<<12)), sign()*float32(1+r.IntN(1<<13)), draw(20, 50)
		case 2: // z in the last place of a subnormal
			x, y, z = draw(-75, -60), draw(-80, -60), draw(-149, -125)
		case 3: // x·y a tie of z's last place, moved by a hair
			z = draw(0, 0)
			x, y = 0x1p-12*(1+0x1p-23), sign()*0x1p-12*(1-0x1p-23)
		}
		got, want := fma32(x, y, z), exactFMA(x, y, z)
		if math.Float32bits(got) != math.Float32bits(want) && !(got == 0 && want == 0) {
			t.Fatalf("fma32(%v, %v, %v): got %v, want %v", x, y, z, got, want)
		}
		if want != float32(float64(x)*float64(y)+float64(z)) {
			ties++
		}
	}
	if ties == 0 {
		t.Error("no case where two roundings differ from one: the test tests nothing")
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, v := range [][4]float32{
		{inf, 0, 1, nan}, {inf, 1, -inf, nan}, {inf, -1, 1, -inf}, {nan, 1, 1, nan}, {1, 1, nan, nan},
		{math.MaxFloat32, 2, 0, inf}, {math.MaxFloat32, 2, -math.MaxFloat32, math.MaxFloat32}, {0, 1, 0, 0},
	} {
		if got := fma32(v[0], v[1], v[2]); got != v[3] && !(got != got && v[3] != v[3]) {
			t.Errorf("fma32(%v, %v, %v): got %v, want %v", v[0], v[1], v[2], got, v[3])
		}
	}
}
