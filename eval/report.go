package eval

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/sample"
)

// Report is the scores of one subject with all that they depend on.
type Report struct {
	Subject string           `json:"subject"`
	Version string           `json:"version"`              // of the program that computed it
	Swept   []Setting        `json:"swept,omitempty"`      // what a sweep has set for it
	Field   *sample.Origin   `json:"field,omitempty"`      // of a run or a checkpoint
	Samples []sample.Summary `json:"samples,omitempty"`    // of points that were judged, draw by draw
	Points  string           `json:"points_sum,omitempty"` // identifies points that were drawn already
	Given   *Reference       `json:"given,omitempty"`      // the data that the points are
	Against Reference        `json:"against"`
	// Features are what the metrics that are of features were computed on.
	Features *features.Info `json:"features,omitempty"`
	// Classifier is what metrics that tell classes were computed on, where that is another.
	Classifier *features.Info `json:"classifier,omitempty"`
	Scores     []Score        `json:"scores"`
	Notes      []string       `json:"notes,omitempty"` // what was left out, and why
}

// Reference says what data a subject was held to.
type Reference struct {
	Data        string `json:"data"` // as choice.Parse reads it
	Fingerprint string `json:"fingerprint"`
	Count       int    `json:"count"`
	Shape       []int  `json:"shape"`
	// Trained says whether they are what the field was trained on; absent where nothing
	// says what that was.
	Trained *bool `json:"trained_on,omitempty"`
}

// Case is what a metric is computed on.
type Case struct {
	*Subject
	Against *Against
	Space   *Space // where metrics of features compare; nil where none is to be computed
	Telling *Space // where those that tell classes do, if this is not Space
	Seeds   int    // draws of which a metric of points is the mean; 0 counts as 1

	Pictures string // the directory that metrics write pictures to; empty for none

	generated map[*Space][]float32 // features of the subject's points, once they are needed
	real      int                  // points of the data that the metric under way was given the features of
	progress  func(what string, done, of int)
	notes     []string
}

// note says what a metric left out.
func (c *Case) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

// show tells how far a metric has come.
func (c *Case) show(what string) func(done, of int) {
	return func(done, of int) { c.progress(what, done, of) }
}

// Check finds what keeps the metrics from being computed, all of it, before the work.
// Without metrics it returns the usual ones.
func (c *Case) Check(metrics []Chosen) ([]Chosen, error) {
	info := c.Against.Info()
	if got, want := shapeOf(c.Shape()), []int{info.Shape.H, info.Shape.W, info.Shape.C}; got != [3]int(want) {
		shape := strings.ReplaceAll(strings.Trim(fmt.Sprint(c.Shape()), "[]"), " ", "×")
		return nil, fmt.Errorf("eval: %s: got points of shape %s, want %v, that of %s", c.Path, shape,
			info.Shape, info.Name)
	}
	if len(metrics) == 0 {
		for _, e := range Metrics.Entries {
			if e.Make.Usual != nil && (e.Make.Of == Points || c.Fielded != nil) && e.Make.Usual(c) {
				_, full, _ := Metrics.Resolve("", choice.Choice{Kind: e.Name}, nil)
				metrics = append(metrics, Chosen{full, e.Make})
			}
		}
		if len(metrics) == 0 {
			want := "--metrics"
			if c.Fielded == nil {
				want += ", or the run that they were drawn from, whose field metrics judge"
			}
			return nil, fmt.Errorf("eval: %s: got %s as the data, which have no metric by default: want %s",
				c.Path, info.Name, want)
		}
	}
	for _, m := range metrics {
		if m.Of == Field && c.Fielded == nil {
			return nil, fmt.Errorf("eval: %s: %s judges a field, and these are points: want the run or "+
				"the checkpoint that they were drawn from", c.Path, m.Kind)
		}
	}
	return metrics, nil
}

// shapeOf is the shape of a point as datasets have it.
func shapeOf(point []int) [3]int {
	switch len(point) {
	case 1:
		return [3]int{1, 1, point[0]}
	case 3:
		return [3]int(point)
	}
	return [3]int{}
}

// NewCase is s held to data. progress hears how far the work has come.
func NewCase(s *Subject, a *Against, progress func(what string, done, of int)) *Case {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	c := &Case{Subject: s, Against: a, progress: progress}
	for _, what := range []string{s.resized, s.scale} {
		if what != "" {
			c.note("%s", what)
		}
	}
	if a.Resized != "" {
		c.note("of the data held to, %s", a.Resized)
	}
	return c
}

// Compute computes metrics that Check has passed. Points are drawn with one seed after another,
// and those of a draw are forgotten when every metric has judged them.
func (c *Case) Compute(ctx context.Context, metrics []Chosen) (*Report, error) {
	r := &Report{Subject: c.Path, Against: c.reference(), Points: c.sum(), Given: c.given}
	byDraw, seeds := make([][][]Score, len(metrics)), []uint64(nil)
	for k, d := range c.draws() {
		for i, m := range metrics {
			if m.Of == Field && k > 0 {
				continue
			}
			scores, err := d.judge(ctx, m)
			if err != nil {
				return nil, err
			}
			byDraw[i] = append(byDraw[i], scores)
		}
		if d.summary != nil {
			r.Samples, seeds = append(r.Samples, *d.summary), append(seeds, d.summary.Seed)
		}
		if d != c {
			c.notes = append(c.notes, d.notes...)
		}
	}
	for i, m := range metrics {
		of := seeds
		if m.Of == Field {
			of = nil
		}
		scores, err := overDraws(byDraw[i], of)
		if err != nil {
			return nil, fmt.Errorf("eval: %s: %s: %w", c.Path, m.Kind, err)
		}
		r.Scores = append(r.Scores, scores...)
	}
	slices.Sort(c.notes)
	r.Notes = slices.Compact(c.notes)
	if c.Fielded != nil {
		r.Field = &c.Origin
	}
	if c.Space != nil {
		info := c.Space.Info()
		r.Features = &info
	}
	if c.Telling != nil {
		info := c.Telling.Info()
		r.Classifier = &info
	}
	return r, nil
}

// judge computes one metric of the points of c.
func (c *Case) judge(ctx context.Context, m Chosen) ([]Score, error) {
	if m.Classified && c.Telling != nil {
		usual := c.Space
		c.Space = c.Telling
		defer func() { c.Space = usual }()
	}
	c.real = 0
	scores, err := m.Make(m.Params)(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("eval: %s: %s: %w", c.Path, m.Kind, err)
	}
	for j := range scores {
		s := &scores[j]
		s.Metric = m.String()
		c.base(s, m)
		if err := s.finite(); err != nil {
			return nil, err
		}
	}
	return scores, nil
}

// someOf names n points of the data, and says that they were drawn where they are not all.
func (c *Case) someOf(n int) string {
	if count := c.Against.Info().Count; n < count {
		return fmt.Sprintf("%d drawn of the %d of %s", n, count, c.dataName())
	}
	return fmt.Sprintf("%d of %s", n, c.dataName())
}

// dataName is what the data are called, with whether the field was trained on them.
func (c *Case) dataName() string {
	name := c.Against.Info().Name
	switch trained := c.reference().Trained; {
	case trained == nil:
		return name
	case *trained:
		return name + " (trained on)"
	}
	return name + " (held out)"
}

// reference describes the data.
func (c *Case) reference() Reference {
	ref := c.Against.reference()
	if c.Fielded != nil {
		same := c.Checkpoint.Data == ref.Fingerprint
		ref.Trained = &same
	}
	return ref
}
