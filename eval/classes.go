package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/features"
)

var _ = Metrics.Add(choice.Entry[Metric]{
	Name: "classes", Example: "classes:n=1000",
	About:  "classes that a classifier finds: how they are spread beside the data's, whether as asked for",
	Params: []choice.Param{counted(0)},
	Make: Metric{Of: Points, Featured: true, Classified: true, Make: func(v choice.Values) Measure {
		return classes{v.Int("n")}.measure
	}},
})

// classes judges by the classes that the classifier of the features finds in n points of the
// data and in the points, so that what it mistakes is mistaken in both:
//
//	distance = ½ Σₖ |pₖ − qₖ|,   entropy = −Σₖ pₖ ln pₖ,   covered = #{k: pₖ > 0 and qₖ > 0}
//
// of the shares pₖ of the points and qₖ of the data; and, of points that were told a class, by
// the share that it finds that class in.
type classes struct{ n int }

// Ways in which errors of shares are found.
const (
	byShares = "√(p(1−p)/n)"
	byDelta  = "delta method; independent points"
)

func (m classes) measure(ctx context.Context, c *Case) ([]Score, error) {
	f, err := c.featured(ctx, m.n)
	if err != nil {
		return nil, err
	}
	by, ok := c.Space.Extractor.(features.Classified)
	if !ok {
		return nil, fmt.Errorf("got %s as features, want those of a classifier", f.Name)
	}
	found := by.Labels(f.Generated)
	p, q := histogram(found, by.Classes()), histogram(by.Labels(f.Real), by.Classes())
	judge := fmt.Sprintf("by a classifier right of %.4g of held-out data", by.Accuracy())
	on := fmt.Sprintf("%d points and %s, %s", f.N, c.someOf(f.NReal), judge)
	s := spreadOf(p, q, f.N, f.NReal)
	scores := []Score{
		withError("distance of class shares", s.distance, s.distanceError, byDelta, f.N, on),
		exact("that distance of equal laws, mean", s.chance, f.N, on),
		withError("entropy of classes", s.entropy, s.entropyError, byDelta, f.N, on),
		exact("that entropy of the data", entropy(q), f.NReal, on),
		exact("classes covered of the data's", s.covered, f.N, on),
	}
	if right, told := m.asked(c, found); told > 0 {
		share := right / float64(told)
		scores = append(scores, withError("classes as asked for", share, shareError(share, told), byShares,
			told, fmt.Sprintf("%d points told a class, %s", told, judge)))
	}
	const listed = 20
	if len(p) > listed {
		c.note("classes: the shares of %d classes were left out, want at most %d", len(p), listed)
		return scores, nil
	}
	for k, share := range p {
		scores = append(scores, withError(fmt.Sprintf("share of class %d", k), share, shareError(share, f.N),
			byShares, f.N, fmt.Sprintf("%s, where it is %.4g", on, q[k])))
	}
	return scores, nil
}

// asked counts the points that were told a class, or have one, and those found to be of it.
func (m classes) asked(c *Case, found []int32) (right float64, told int) {
	label := func(i int) int { return int(c.labels[i]) }
	if c.labels == nil {
		if c.summary == nil || len(c.summary.Settings.Label) == 0 || c.summary.Settings.Compose != "" {
			return 0, 0
		}
		labels := c.summary.Settings.Label
		label = func(i int) int { return labels[i%len(labels)] }
	}
	for i, k := range found {
		if label(i) < 0 {
			continue
		}
		told++
		if label(i) == int(k) {
			right++
		}
	}
	return right, told
}

// histogram is the share of each class.
func histogram(labels []int32, classes int) []float64 {
	p := make([]float64, classes)
	for _, k := range labels {
		p[k]++
	}
	for k := range p {
		p[k] /= float64(len(labels))
	}
	return p
}

// shareError is the standard error of a share of n.
func shareError(p float64, n int) float64 { return math.Sqrt(p * (1 - p) / float64(n)) }

// entropy is −Σ p ln p, in nats.
func entropy(p []float64) (h float64) {
	for _, v := range p {
		if v > 0 {
			h -= v * math.Log(v)
		}
	}
	return h
}

// spread compares shares p of n points and q of m.
type spread struct{ distance, distanceError, chance, entropy, entropyError, covered float64 }

// spreadOf has errors by the delta method, with the signs of the differences held:
//
//	var distance = ¼ (var_p(s)/n + var_q(s)/m),  sₖ = sign(pₖ − qₖ)
//	var entropy  = (Σ p ln²p − entropy²)/n
//
// and what the distance comes to on average where both are drawn of the pooled shares r, each
// difference taken for normal: ½ Σ √(2/π · r(1−r)(1/n + 1/m)).
func spreadOf(p, q []float64, n, m int) (s spread) {
	var meanP, meanQ, signedP, signedQ, squares float64 // means of s and of s²
	for k := range p {
		d := p[k] - q[k]
		s.distance += math.Abs(d) / 2
		sign := float64(cmp.Compare(d, 0))
		meanP, signedP = meanP+sign*p[k], signedP+sign*sign*p[k]
		meanQ, signedQ = meanQ+sign*q[k], signedQ+sign*sign*q[k]
		r := (p[k]*float64(n) + q[k]*float64(m)) / float64(n+m)
		s.chance += math.Sqrt(2/math.Pi*r*(1-r)*(1/float64(n)+1/float64(m))) / 2
		if p[k] > 0 {
			squares += p[k] * math.Log(p[k]) * math.Log(p[k])
			if q[k] > 0 {
				s.covered++
			}
		}
	}
	s.distanceError = math.Sqrt(max(0, signedP-meanP*meanP)/float64(n)+
		max(0, signedQ-meanQ*meanQ)/float64(m)) / 2
	s.entropy = entropy(p)
	s.entropyError = math.Sqrt(max(0, squares-s.entropy*s.entropy) / float64(n))
	return s
}
