package eval

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/sample"
)

// likeDigits is a case of points x held to digits, in pixels.
func likeDigits(t *testing.T, split string, x []float32) *Case {
	t.Helper()
	a, err := OpenAgainst(choice.Choice{Kind: "digits", Params: choice.Values{"split": split}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSpace(t.Context(), choice.Choice{Kind: "pixels"}, a, nil)
	if err != nil {
		t.Fatal(err)
	}
	drawn := &sample.Result{Dim: 64, X: x}
	c := NewCase(&Subject{Path: "points", drawn: drawn, shape: []int{8, 8, 1}}, a, nil)
	c.Space = s
	return c
}

// digits are the first n digits of a part.
func digits(t *testing.T, split string, n int) []float32 {
	t.Helper()
	a, err := OpenAgainst(choice.Choice{Kind: "digits", Params: choice.Values{"split": split}})
	if err != nil {
		t.Fatal(err)
	}
	x, _, err := a.points(n)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// featuredNames are the names of the metrics of features, whatever these are.
func featuredNames() (names []string) {
	for _, e := range Metrics.Entries {
		if e.Make.Featured && !e.Make.Classified {
			names = append(names, e.Name)
		}
	}
	return names
}

// Every metric of features finds the training digits nearer to the test set than noise, by its
// first score, and says what it compared.
func TestFeaturedMetrics(t *testing.T) {
	good := digits(t, "train", 290)
	noisy := noise(290, 64, 1).x
	better := map[string]float64{"prdc": 1} // the higher the better; of all others the lower
	for _, name := range featuredNames() {
		first := func(x []float32) Score {
			ms, err := ParseMetrics(name)
			if err != nil {
				t.Fatal(err)
			}
			c := likeDigits(t, "test", x)
			if ms, err = c.Check(ms); err != nil {
				t.Fatal(err)
			}
			r, err := c.Compute(t.Context(), ms)
			if err != nil {
				t.Fatal(err)
			}
			return r.Scores[0]
		}
		a, b := first(good), first(noisy)
		if math.Signbit(b.Value-a.Value) != (better[name] > 0) {
			t.Errorf("%s: %s of digits is %v, of noise %v", name, a.Name, a.Value, b.Value)
		}
		if !strings.Contains(a.On, "of digits") || a.N == 0 {
			t.Errorf("%s: computed on %q, %d points", name, a.On, a.N)
		}
	}
}

// Every metric of features refuses a point that is not finite, and one point alone where it takes
// more, in one line.
func TestFeaturedMetricsRefuse(t *testing.T) {
	for _, name := range featuredNames() {
		ms, err := ParseMetrics(name)
		if err != nil {
			t.Fatal(err)
		}
		one, infinite := digits(t, "train", 1), digits(t, "train", 20)
		infinite[20*64-1] = float32(math.Inf(1))
		for n, x := range map[string][]float32{"one point": one, "no finite": infinite} {
			if n == "one point" && (name == "mind" || name == "swd" || name == "nearest") {
				continue // which are defined for one
			}
			_, err := likeDigits(t, "test", x).Compute(t.Context(), ms)
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "want") {
				t.Errorf("%s of %s: got %v", name, n, err)
			}
		}
	}
}

// KID by subsets and the limit of the Fréchet distance are left out, with a note, where there
// are too few points.
func TestTooFewForASecondScore(t *testing.T) {
	ms, err := ParseMetrics("kid:size=300,fd")
	if err != nil {
		t.Fatal(err)
	}
	r, err := likeDigits(t, "test", digits(t, "train", 200)).Compute(t.Context(), ms)
	notes := strings.Join(r.Notes, "\n")
	if err != nil || len(r.Scores) != 2 || len(r.Notes) != 2 || !strings.Contains(notes, "subsets of 300") ||
		!strings.Contains(notes, "there are 200 points, want 256") {
		t.Errorf("got %v with notes %q (%v)", r, r.Notes, err)
	}
	ms, _ = ParseMetrics("kid:size=100,fd")
	r, err = likeDigits(t, "test", digits(t, "train", 256)).Compute(t.Context(), ms)
	if err != nil || len(r.Scores) != 4 || len(r.Notes) != 0 {
		t.Errorf("got %v (%v), want four scores", r, err)
	}
}
