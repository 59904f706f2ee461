package eval

import (
	"fmt"
	"math"
	"strings"

	"github.com/stillfield/stillfield/geometry"
)

// apart is how many combined standard errors two scores are apart that differ by more than noise.
const apart = 2

// rule is what Within means.
const rule = "two scores are within noise if they differ by at most 2 √(e₁² + e₂²), e their standard errors"

// Comparison sets the scores of several subjects side by side.
type Comparison struct {
	Rule     string   `json:"rule"`
	Subjects []string `json:"subjects"`
	Rows     []Row    `json:"rows"`
}

// Row is one score of every subject.
type Row struct {
	Metric string   `json:"metric"` // without parameters that may differ
	Name   string   `json:"name"`
	Scores []*Score `json:"scores"` // nil of a subject that has none
	Pairs  []Pair   `json:"pairs"`
}

// Pair is how two subjects, by their numbers, differ in a score.
type Pair struct {
	A          int      `json:"a"`
	B          int      `json:"b"`
	Difference float64  `json:"difference"`       // of b from a
	Error      *float64 `json:"error,omitempty"`  // combined; absent where one has none of its points
	Within     *bool    `json:"within,omitempty"` // whether it is within noise
}

// Incomparable reports, one error a line, what keeps reports from standing side by side: other
// data, or a metric with other parameters or on another basis. With before, reports are those of
// Outline, and only what they say is held together.
func Incomparable(reports []*Report, before bool) error {
	var faults []string
	for i, b := range reports {
		for _, a := range reports[:i] {
			if what := a.differs(b, before); what != "" {
				faults = append(faults, fmt.Sprintf("eval: %s and %s cannot be compared: %s", a.Subject,
					b.Subject, what))
				break // one line for each subject is enough
			}
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(faults, "\n"))
}

// differs names the first difference that keeps the reports apart, "" for none.
func (r *Report) differs(other *Report, before bool) string {
	if r.Against.Fingerprint != other.Against.Fingerprint {
		return told("data", r.Against.text(), other.Against.text())
	}
	for _, a := range r.Scores {
		var like *Score
		for _, b := range other.Scores {
			if a.kind() == b.kind() && (before || a.Name == b.Name) && (like == nil || a.key() == b.key()) {
				like = &b
			}
		}
		if like == nil {
			continue
		}
		if what := difference(a, *like, before); what != "" {
			return what
		}
	}
	return ""
}

// text names the data with the beginning of their fingerprint.
func (r Reference) text() string {
	const most = len("sha256:") + 8
	return fmt.Sprintf("%s (%s)", r.Data, r.Fingerprint[:min(most, len(r.Fingerprint))])
}

// Outline is the report of metrics that Check has passed without their numbers: what keeps it
// from being compared with others, as far as that is known before the work.
func (c *Case) Outline(metrics []Chosen) *Report {
	r := &Report{Subject: c.Path, Against: c.reference()}
	for _, m := range metrics {
		s := Score{Metric: m.String()}
		if m.Of == Points {
			s.Generated = c.count()
		}
		r.Scores = append(r.Scores, s)
	}
	return r
}

// count is how many points a draw of s has.
func (s *Subject) count() int {
	if s.drawn != nil {
		return len(s.drawn.X) / s.drawn.Dim
	}
	return s.Checkpoint.Config.Sample.N
}

// Compare sets reports that are not Incomparable side by side.
func Compare(reports []*Report) *Comparison {
	c := &Comparison{Rule: rule, Subjects: subjects(reports)}
	at := map[[2]string]int{}
	for k, r := range reports {
		for _, s := range r.Scores {
			key := [2]string{s.key(), s.Name}
			i, known := at[key]
			if !known {
				i, at[key] = len(c.Rows), len(c.Rows)
				c.Rows = append(c.Rows, Row{Metric: s.key(), Name: s.Name, Pairs: []Pair{},
					Scores: make([]*Score, len(reports))})
			}
			c.Rows[i].Scores[k] = &s
		}
	}
	for i := range c.Rows {
		c.Rows[i].pair()
	}
	return c
}

// subjects are the names of what was judged, each once.
func subjects(reports []*Report) []string {
	var names []string
	times := map[string]int{}
	for _, r := range reports {
		name := r.Subject
		if times[name]++; times[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, times[name])
		}
		names = append(names, name)
	}
	return names
}

// pair holds every two subjects that have the score to each other.
func (r *Row) pair() {
	for b, y := range r.Scores {
		for a, x := range r.Scores[:b] {
			if x == nil || y == nil {
				continue
			}
			p := Pair{A: a, B: b, Difference: y.Value - x.Value}
			if x.noisy() && y.noisy() {
				se := math.Hypot(*x.Error, *y.Error)
				within := math.Abs(p.Difference) <= apart*se
				p.Error, p.Within = &se, &within
			}
			r.Pairs = append(r.Pairs, p)
		}
	}
}

// noisy reports whether the error of s is of the points, of which other ones would have given
// another value. One with the points held fixed, or of subsets that share points, is no measure of
// noise: over the lines the sliced distance of one draw seems nine times better known than it is.
func (s *Score) noisy() bool {
	return s.Error != nil && s.By != byLines && s.By != bySubsets
}

// Table is c for people: a row for each score that two subjects have, a column a subject, and
// which of these are within noise.
func (c *Comparison) Table() *geometry.Table {
	t := &geometry.Table{Name: "compared", Title: "Side by side; " + c.Rule,
		Columns: []string{"metric", "score"}}
	for k, name := range c.Subjects {
		t.Columns = append(t.Columns, letter(k)+" = "+name)
	}
	t.Columns = append(t.Columns, "within noise", "beyond it")
	kinds := map[[2]string]int{}
	for _, r := range c.Rows {
		kinds[[2]string{r.kind(), r.Name}]++
	}
	for _, r := range c.Rows {
		if len(r.Pairs) == 0 {
			continue
		}
		row := []any{r.kind(), r.Name}
		if kinds[[2]string{r.kind(), r.Name}] > 1 {
			row[0] = r.Metric
		}
		for _, s := range r.Scores {
			row = append(row, s.cell())
		}
		t.Rows = append(t.Rows, append(row, r.pairs(true), r.pairs(false)))
	}
	return t
}

// kind is the name of the metric of r.
func (r Row) kind() string { return Score{Metric: r.Metric}.kind() }

// cell is value ± error.
func (s *Score) cell() string {
	switch {
	case s == nil:
		return "–"
	case s.Error == nil:
		return geometry.Text(s.Value)
	}
	return fmt.Sprintf("%s ± %.2g", geometry.Text(s.Value), *s.Error)
}

// pairs lists the pairs of subjects that are within noise, or those that are not.
func (r *Row) pairs(within bool) string {
	var words []string
	for _, p := range r.Pairs {
		if p.Within != nil && *p.Within == within {
			words = append(words, letter(p.A)+letter(p.B))
		}
	}
	return strings.Join(words, " ")
}

// letter names the k-th column: A to Z, then A1 and on.
func letter(k int) string {
	name := string(rune('A' + k%26))
	if k >= 26 {
		name += fmt.Sprint(k / 26)
	}
	return name
}
