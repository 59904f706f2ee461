package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"runtime"
	"testing"
)

func rings(t *testing.T, dim, count int, seed uint64, test bool) *Rings {
	t.Helper()
	r, err := NewRings(dim, count, seed, test)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readAll(t *testing.T, src Source) [][]float32 {
	t.Helper()
	all := make([][]float32, src.Info().Count)
	for i := range all {
		all[i] = make([]float32, src.Info().Shape.Len())
		poison(all[i])
		if _, err := src.Read(all[i], i); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// The rows are printed by: python3 datasets/testdata/golden.py
func TestRingsGolden(t *testing.T) {
	for _, tt := range []struct {
		dim  int
		seed uint64
		i    int
		test bool
		want []float64
	}{
		{2, 0, 0, false, []float64{-0.494960011, 0.164707794}},
		{2, 1, 7, true, []float64{-0.921130047, 0.428633161}},
		{5, 1, 7, true, []float64{-0.167986336, -0.036089165, 0.007795928, 0.259526226, -0.967093829}},
		{5, 9, 998, false, []float64{0.190833848, 0.388716434, -0.217427044, 0.046596689, -0.147771779}},
	} {
		x := readAll(t, rings(t, tt.dim, tt.i+1, tt.seed, tt.test))[tt.i]
		for k, want := range tt.want {
			// One rounding to float32 of a number below 2, one to the nine digits printed.
			if got := float64(x[k]); !(math.Abs(got-want) <= 0x1p-24+0.5e-9+1e-14) {
				t.Errorf("dim %d, seed %d, point %d, coordinate %d: %.9f, want %.9f",
					tt.dim, tt.seed, tt.i, k, got, want)
			}
		}
	}
}

// TestRingsBits holds the points to what they were before other figures were lifted beside
// them: runs record the fingerprint, and the recipe in it says nothing of the arithmetic. (amd64,
// whose arithmetic does not fuse.)
func TestRingsBits(t *testing.T) {
	for _, tt := range []struct {
		dim, count    int
		seed          uint64
		test          bool
		points, print string
	}{
		{2, 1000, 0, false, "c0ee19def96351b79c3ef1c0be8e6e8949516b620404f0049d4ee62c869714d3",
			"sha256:c400363643a122d1f00b877a87dff67b825c2fa402082e5a39e0450fa258e6a0"},
		{128, 200, 7, true, "eb3d07058a1dca235b2ae36209885a57d87bfd3f6a2ec767e5def49f042dc420",
			"sha256:855288faf6b72ca0bb6c8a9f3bdec5a8e388ee26e3096a13384a1022bffb4a3c"},
	} {
		r, h := rings(t, tt.dim, tt.count, tt.seed, tt.test), sha256.New()
		if got := r.Info().Fingerprint; got != tt.print {
			t.Errorf("fingerprint %s, want %s", got, tt.print)
		}
		for i, x := range readAll(t, r) {
			binary.Write(h, binary.LittleEndian, x)
			binary.Write(h, binary.LittleEndian, int32(i%2))
		}
		if got := hex.EncodeToString(h.Sum(nil)); runtime.GOARCH == "amd64" && got != tt.points {
			t.Errorf("dim %d: points and classes have the SHA-256 %s, want %s", tt.dim, got, tt.points)
		}
	}
}

// TestRingsLaw compares moments with those of the law. A mean of N draws of
// deviation s has deviation s/√N; the cut is five of them, the seed is fixed.
func TestRingsLaw(t *testing.T) {
	const n = 20000 // on each ring
	r := rings(t, 2, 2*n, 3, false)
	radii, sigma := r.Law()
	for ring, radius := range radii {
		var c, s, c2, s2, sq, sq2 float64
		for i := ring; i < 2*n; i += 2 {
			z := r.point(i)
			phi := math.Atan2(z[1], z[0])
			c, s = c+math.Cos(phi), s+math.Sin(phi)
			c2, s2 = c2+math.Cos(2*phi), s2+math.Sin(2*phi)
			q := z[0]*z[0] + z[1]*z[1]
			sq, sq2 = sq+q, sq2+q*q
		}
		near := func(what string, got, want, dev float64) {
			t.Helper()
			if !(math.Abs(got-want) <= 5*dev/math.Sqrt(n)) {
				t.Errorf("ring %d: mean of %s is %v, want %v ± %v", ring, what, got, want, 5*dev/math.Sqrt(n))
			}
		}
		for what, sum := range map[string]float64{"cos φ": c, "sin φ": s, "cos 2φ": c2, "sin 2φ": s2} {
			near(what, sum/n, 0, math.Sqrt(0.5))
		}
		// |z|² = R² + 2Rσξ₁' + σ²(ξ₁'² + ξ₂'²): mean R² + 2σ², variance 4R²σ² + 4σ⁴.
		vari := 4*radius*radius*sigma*sigma + 4*math.Pow(sigma, 4)
		mean := radius*radius + 2*sigma*sigma
		near("|z|²", sq/n, mean, math.Sqrt(vari))
		// A variance has relative deviation √(2/n) for a normal, and |z|² is nearly one.
		if got := sq2/n - sq/n*sq/n; !(math.Abs(got/vari-1) <= 5*math.Sqrt(2./n)) {
			t.Errorf("ring %d: variance of |z|² is %v, want %v", ring, got, vari)
		}
	}
}

func TestNewRingsRefuses(t *testing.T) {
	for _, tt := range []struct {
		dim, count int
		want       string
	}{
		{1, 10, "dim: got 1, want between 2 and 67108864"},
		{-8, 10, "dim: got -8"},
		{math.MaxInt, 10, "dim: got 9223372036854775807"},
		{2, 0, "count: got 0, want between 1 and 67108864"},
		{2, math.MaxInt, "count: got 9223372036854775807"},
	} {
		_, err := NewRings(tt.dim, tt.count, 0, false)
		wantError(t, err, tt.want)
	}
}
