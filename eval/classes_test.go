package eval

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/sample"
)

// labelled is a case of digits, the first n of those to train on, against those to test with,
// in the features of the classifier in the binary; told says which classes they were told.
func labelled(t *testing.T, n int, told []int) (*Case, []int32) {
	t.Helper()
	src, err := datasets.Open(choice.Choice{Kind: "digits", Params: choice.Values{"split": "train"}})
	if err != nil {
		t.Fatal(err)
	}
	train := &Against{Source: src}
	x, labels, err := train.points(n)
	if err != nil {
		t.Fatal(err)
	}
	a, err := OpenAgainst(choice.Choice{Kind: "digits", Params: choice.Values{"split": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	dev, err := cpu.New(cpu.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	s, err := OpenSpace(t.Context(), choice.Choice{Kind: "classifier"}, a,
		func() (plan.Device, error) { return dev, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); dev.Close() })
	c := NewCase(&Subject{drawn: &sample.Result{Dim: 64, X: x}, shape: []int{8, 8, 1}}, a, nil)
	c.summary = &sample.Summary{Settings: sample.Spec{Label: told}}
	c.Space = s
	return c, labels
}

// judgedBy are scores by their names.
func judgedBy(t *testing.T, c *Case, text string) map[string]Score {
	t.Helper()
	all, err := ParseMetrics(text)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := all[0].Make(all[0].Params)(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Score{}
	for _, s := range scores {
		by[s.Name] = s
	}
	return by
}

// Digits that were told their own classes are found to be of them, as spread as those of the
// data; told others, they are not; and of one class alone the spread says so.
func TestClasses(t *testing.T) {
	const n = 300
	c, labels := labelled(t, n, nil)
	if s := judgedBy(t, c, "classes"); s["classes as asked for"].N != 0 {
		t.Error("points that were told no class were judged by it")
	}
	told := make([]int, n)
	for i, k := range labels {
		told[i] = int(k)
	}
	c.summary.Settings.Label = told
	s := judgedBy(t, c, "classes")
	// They are of the training set, where the classifier is right of nearly all.
	if right := s["classes as asked for"]; right.Value < .99 || right.N != n || right.Error == nil {
		t.Errorf("of digits told their class: %+v", right)
	}
	d, chance := s["distance of class shares"], s["that distance of equal laws, mean"]
	if d.Value > 2.5*chance.Value || *d.Error <= 0 || s["classes covered of the data's"].Value != 10 {
		t.Errorf("digits are spread %+v from digits, by chance %v", d, chance.Value)
	}
	if h := s["entropy of classes"]; math.Abs(h.Value-math.Log(10)) > .05 {
		t.Errorf("the entropy of digits is %+v, want about ln 10", h)
	}
	for i := range told {
		told[i] = (told[i] + 1) % 10
	}
	if right := judgedBy(t, c, "classes")["classes as asked for"]; right.Value > .02 {
		t.Errorf("of digits told another class: %+v", right)
	}
	one := labels[0]
	var x []float32
	for i, k := range labels {
		if k == one {
			x = append(x, c.drawn.X[i*64:(i+1)*64]...)
		}
	}
	c.drawn.X, c.generated, c.summary.Settings.Label = x, nil, nil
	s = judgedBy(t, c, "classes")
	if s["entropy of classes"].Value > .2 || s["distance of class shares"].Value < .8 ||
		s["classes covered of the data's"].Value > 3 {
		t.Errorf("of one class: %+v", s)
	}
}

// The errors are the spread of the scores over samples of one law, and the mean distance of
// equal laws is what two samples of one law are apart.
func TestSpread(t *testing.T) {
	law, other := []float64{.5, .2, .2, .1}, []float64{.2, .4, .3, .1}
	const n, m, trials = 400, 900, 2000
	drawn := func(law []float64, n int, trial, draw uint32) []float64 {
		labels := make([]int32, n)
		for i := range labels {
			u := float64(philox.Uniform(philox.Words(uint64(trial), uint64(i), philox.Metric, draw)[0]))
			for k := range law {
				if u -= law[k]; u < 0 || k == len(law)-1 {
					labels[i] = int32(k)
					break
				}
			}
		}
		return histogram(labels, len(law))
	}
	var distances, entropies, same []float64
	var se, seEntropy, chance float64
	for trial := range uint32(trials) {
		p, q := drawn(law, n, trial, 0), drawn(other, m, trial, 1)
		s := spreadOf(p, q, n, m)
		distances, entropies = append(distances, s.distance), append(entropies, s.entropy)
		se, seEntropy = se+s.distanceError/trials, seEntropy+s.entropyError/trials
		s = spreadOf(p, drawn(law, m, trial, 1), n, m)
		same, chance = append(same, s.distance), chance+s.chance/trials
	}
	// A standard deviation of 2,000 values is known to 1/√4000 = 1.6 %.
	for _, tt := range []struct {
		what   string
		values []float64
		se     float64
	}{{"distance", distances, se}, {"entropy", entropies, seEntropy}} {
		if _, v := moments(tt.values); math.Abs(tt.se/math.Sqrt(v)-1) > .08 {
			t.Errorf("%s: an error of %v, and it spreads by %v", tt.what, tt.se, math.Sqrt(v))
		}
	}
	if mean, _ := moments(same); math.Abs(mean/chance-1) > .05 {
		t.Errorf("samples of one law are %v apart, want %v", mean, chance)
	}
}
