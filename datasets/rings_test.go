package datasets

import (
	"fmt"
	"math"
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

// TestRingsPlane holds P to PᵀP = 1, and every point to the plane of P and to
// its own coordinates there, which no dimension changes.
func TestRingsPlane(t *testing.T) {
	flat := rings(t, 2, 100, 5, false).flat
	for _, dim := range []int{2, 3, 8, 128, 3072} {
		t.Run(fmt.Sprintf("dim=%d", dim), func(t *testing.T) {
			r := rings(t, dim, 100, 5, false)
			p := r.Plane()
			dot := func(a, b func(k int) float64) (sum float64) {
				for k := range dim {
					sum += a(k) * b(k)
				}
				return sum
			}
			u := func(k int) float64 { return p[2*k] }
			v := func(k int) float64 { return p[2*k+1] }
			// A sum of D products is off by at most D·2⁻⁵³·Σ|terms|, the sum being 1 here;
			// the vectors were normalised by one such sum and are checked by another.
			tol := 4 * float64(dim) * 0x1p-53
			for _, c := range []struct {
				name      string
				got, want float64
			}{{"u·u", dot(u, u), 1}, {"v·v", dot(v, v), 1}, {"u·v", dot(u, v), 0}} {
				if !(math.Abs(c.got-c.want) <= tol) {
					t.Errorf("%s = %v, want %v ± %.2g", c.name, c.got, c.want, tol)
				}
			}
			for i, row := range readAll(t, r) {
				x := func(k int) float64 { return float64(row[k]) }
				z1, z2 := dot(u, x), dot(v, x)
				// Each coordinate was rounded once, so x is off by at most 2⁻²⁴|x|.
				off := 0x1p-24*2 + tol
				if !(math.Abs(z1-flat[i][0]) <= off && math.Abs(z2-flat[i][1]) <= off) {
					t.Fatalf("point %d: (%v, %v) in the plane, want %v", i, z1, z2, flat[i])
				}
				if out := dot(x, x) - z1*z1 - z2*z2; !(math.Abs(out) <= 8*off) {
					t.Fatalf("point %d: leaves the plane, squared distance %v", i, out)
				}
			}
		})
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
			z := r.flat[i]
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

// TestRingsRange demands bounds that hold the points in every plane through the
// origin, which is those of |z|, and hold them as closely as float32 can.
func TestRingsRange(t *testing.T) {
	r := rings(t, 3, 500, 8, false)
	far := 0.0
	for _, z := range r.flat {
		far = max(far, math.Hypot(z[0], z[1]))
	}
	if hi := float64(r.info.Hi); !(far <= hi && hi <= far*(1+0x1p-22)) || r.info.Lo != -r.info.Hi {
		t.Errorf("values in [%v, %v], want ±%v", r.info.Lo, r.info.Hi, far)
	}
}

// TestOrthonormal tries many planes of R², where two random vectors come close
// to parallel: the smallest of 20000 angles is about 1e-4, and one pass of
// Gram–Schmidt would leave 2⁻⁵³ over that.
func TestOrthonormal(t *testing.T) {
	for seed := range uint64(20000) {
		p := orthonormal(newStream(seed, forPlane), 2)
		if dot := p[0]*p[1] + p[2]*p[3]; !(math.Abs(dot) <= 0x1p-51) {
			t.Fatalf("seed %d: u·v = %v, want 0 ± 2⁻⁵¹", seed, dot)
		}
	}
}

func TestRingsSplitsAndSeeds(t *testing.T) {
	train, held := rings(t, 4, 50, 1, false), rings(t, 4, 50, 1, true)
	other, fewer := rings(t, 4, 50, 2, false), rings(t, 4, 20, 1, false)
	for k, p := range train.Plane() {
		if held.Plane()[k] != p {
			t.Fatal("the test points lie in another plane than the training points")
		}
	}
	prints := map[string]string{}
	for name, r := range map[string]*Rings{"train": train, "test": held, "seed": other, "fewer": fewer} {
		print := r.Info().Fingerprint
		if was, ok := prints[print]; ok {
			t.Errorf("%s and %s share a fingerprint", name, was)
		}
		prints[print] = name
	}
	if again := rings(t, 4, 50, 1, false); again.Info() != train.Info() {
		t.Errorf("%v and %v from equal arguments", again.Info(), train.Info())
	}
	if train.flat[3] == held.flat[3] || train.flat[3] == other.flat[3] {
		t.Error("two splits or two seeds share a point")
	}
	if train.flat[3] != fewer.flat[3] {
		t.Error("a point depends on how many are drawn")
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
