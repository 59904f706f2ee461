package datasets

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// liftedKinds are a choice of each source of lifted points that there is, and of the other
// forms of some.
func liftedKinds() (kinds []choice.Choice) {
	for _, name := range Sources.Takers("dim") {
		kinds = append(kinds, choice.Choice{Kind: name, Params: choice.Values{}})
	}
	return append(kinds, choice.Choice{Kind: "swiss-roll", Params: choice.Values{"roll": "sheet", "dim": 3}})
}

// lifted opens c with dim more than it has, and other parameters.
func lifted(t *testing.T, c choice.Choice, more int, params choice.Values) *Lifted {
	t.Helper()
	c = c.Clone()
	for name, v := range params {
		c.Params[name] = v
	}
	if dim, ok := c.Params["dim"].(int); ok {
		c.Params["dim"] = dim + more
	} else {
		c.Params["dim"] = 2 + more
	}
	src, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if of, ok := src.(interface{ lifted() *Lifted }); ok {
		return of.lifted()
	}
	t.Fatalf("%v is no lifted source", c)
	return nil
}

// lifted is l, of whatever type embeds it.
func (l *Lifted) lifted() *Lifted { return l }

// What is said of P: PᵀP = 1, and every point lies in its span, where it has the coordinates
// that it has in every dimension.
func TestLifted(t *testing.T) {
	for _, c := range liftedKinds() {
		plain := lifted(t, c, 0, choice.Values{"count": 100, "seed": uint64(5)})
		for _, more := range []int{0, 1, 6, 126, 3070} {
			t.Run(fmt.Sprintf("%v,dim+%d", c, more), func(t *testing.T) {
				l := lifted(t, c, more, choice.Values{"count": 100, "seed": uint64(5)})
				checkLifted(t, l, plain)
			})
		}
	}
}

// checkLifted holds l to its basis, and to the points of plain.
func checkLifted(t *testing.T, l, plain *Lifted) {
	t.Helper()
	basis, dim := l.Basis(), l.Info().Shape.C
	// A sum of D products is off by at most D·2⁻⁵³·Σ|terms|, the sum being 1 here;
	// the vectors were normalised by one such sum and are checked by another.
	tol := 4 * float64(dim) * 0x1p-53
	for a, u := range basis {
		for b, v := range basis {
			want := 0.
			if a == b {
				want = 1
			}
			if got := inner(u, v); !(math.Abs(got-want) <= tol) {
				t.Errorf("columns %d and %d: product %v, want %v ± %.2g", a, b, got, want, tol)
			}
		}
	}
	for i, row := range readAll(t, l) {
		x := make([]float64, dim)
		for k, v := range row {
			x[k] = float64(v)
		}
		// Each coordinate was rounded once, so x is off by at most 2⁻²⁴|x|.
		z, off := plain.point(i), (0x1p-24*2+tol)*max(1, length(plain.point(i)))
		out := inner(x, x)
		for a, u := range basis {
			got := inner(u, x)
			if !(math.Abs(got-z[a]) <= off) {
				t.Fatalf("point %d: coordinate %d is %v, want %v", i, a, got, z[a])
			}
			out -= got * got
		}
		if !(math.Abs(out) <= 8*off) {
			t.Fatalf("point %d: leaves the plane, squared distance %v", i, out)
		}
	}
}

func inner(a, b []float64) (sum float64) {
	for k := range a {
		sum += a[k] * b[k]
	}
	return sum
}

// The bounds hold the points in every plane through the origin, which is those of |z|, and
// hold them as closely as float32 can.
func TestLiftedRange(t *testing.T) {
	for _, c := range liftedKinds() {
		l := lifted(t, c, 1, choice.Values{"count": 500, "seed": uint64(8)})
		far := 0.0
		for i := range 500 {
			far = max(far, length(l.point(i)))
		}
		info := l.Info()
		if hi := float64(info.Hi); !(far <= hi && hi <= far*(1+0x1p-22)) || info.Lo != -info.Hi {
			t.Errorf("%v: values in [%v, %v], want ±%v", c, info.Lo, info.Hi, far)
		}
	}
}

func TestLiftedSplitsAndSeeds(t *testing.T) {
	for _, c := range liftedKinds() {
		open := func(count int, seed uint64, split string) *Lifted {
			return lifted(t, c, 2, choice.Values{"count": count, "seed": seed, "split": split})
		}
		train, held := open(50, 1, "train"), open(50, 1, "test")
		other, fewer := open(50, 2, "train"), open(20, 1, "train")
		for k, p := range train.basis {
			if held.basis[k] != p {
				t.Fatalf("%v: the test points lie in another plane than the training points", c)
			}
		}
		prints := map[string]string{}
		for name, l := range map[string]*Lifted{"train": train, "test": held, "seed": other, "fewer": fewer} {
			print := l.Info().Fingerprint
			if was, ok := prints[print]; ok {
				t.Errorf("%v: %s and %s share a fingerprint", c, name, was)
			}
			prints[print] = name
		}
		if again := open(50, 1, "train"); again.Info() != train.Info() {
			t.Errorf("%v: %v and %v from equal arguments", c, again.Info(), train.Info())
		}
		if train.point(3)[0] == held.point(3)[0] || train.point(3)[0] == other.point(3)[0] {
			t.Errorf("%v: two splits or two seeds share a point", c)
		}
		if train.point(3)[0] != fewer.point(3)[0] {
			t.Errorf("%v: a point depends on how many are drawn", c)
		}
	}
}

// Every parameter of a figure is in its fingerprint: another value is other data.
func TestLiftedFingerprints(t *testing.T) {
	prints := map[string]string{}
	for _, text := range []string{"moons", "moons:noise=0.1", "checkerboard", "checkerboard:squares=5",
		"checkerboard:noise=0.01", "swiss-roll:dim=3", "swiss-roll:dim=3,roll=sheet", "swiss-roll:noise=0",
		"gaussians", "gaussians:means=random", "gaussians:means=grid", "gaussians:components=7",
		"gaussians:radius=2", "gaussians:deviation=0.1", "gaussians:components=2",
		"gaussians:components=2,weights=[1,3]", "gaussians:components=2,deviation=[0.05,0.1]", "rings"} {
		c, err := choice.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		src, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		print := src.Info().Fingerprint
		if was, ok := prints[print]; ok {
			t.Errorf("%s and %s share a fingerprint", text, was)
		}
		prints[print] = text
	}
}

func TestLiftedRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"moons:dim=1":                            "dim: got 1, want between 2 and 67108864",
		"swiss-roll:roll=sheet,dim=2":            "dim: got 2, want between 3 and 67108864",
		"moons:count=0":                          "count: got 0, want between 1",
		"moons:noise=-1":                         "noise: got -1, want a number in [0, 100]",
		"checkerboard:squares=1":                 "squares: got 1, want between 2",
		"gaussians:means=grid,components=8":      "components: got 8, want the square of a whole number",
		"gaussians:components=3,weights=[1,2]":   "weights: got [1, 2], want 0 or 3 of them",
		"gaussians:components=3,deviation=[1,2]": "deviation: got [1, 2], want 1 or 3 of them",
		"gaussians:weights=[1,0]":                "weights: got [1, 0], want a list of numbers in (0, 100]",
		"gaussians:deviation=[]":                 "deviation: got [], want 1 or 8 of them",
		"gaussians:radius=0":                     "radius: got 0, want a number in (0, 100]",
		"gaussians:means=line":                   `means: got "line", want circle, grid or random`,
	} {
		c, err := choice.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(c)
		wantError(t, err, want)
	}
}
