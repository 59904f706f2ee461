package eval

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/stillfield/stillfield/geometry"
)

// Setting is a key of a configuration with a value.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Axis is a key with the values that a sweep gives it.
type Axis struct {
	Key    string
	Values []string
}

// Grid is the cartesian product of axes, whose cells are numbered with the last axis the fastest.
type Grid []Axis

// Cells is how many cells g has.
func (g Grid) Cells() int {
	n := 1
	for _, a := range g {
		n *= len(a.Values)
	}
	return n
}

// Cell is what cell i sets.
func (g Grid) Cell(i int) []Setting {
	cell := make([]Setting, len(g))
	for k := len(g) - 1; k >= 0; k-- {
		a := g[k]
		cell[k] = Setting{a.Key, a.Values[i%len(a.Values)]}
		i /= len(a.Values)
	}
	return cell
}

// SweepTable has a line for each score of each cell of g, in the order of the cells, and says
// which are the least of their score and which are within noise of it.
func SweepTable(g Grid, cells []*Report) *geometry.Table {
	t := &geometry.Table{Name: "sweep", Title: fmt.Sprintf("A sweep of %d cells, scores ± standard error; %s",
		len(cells), rule)}
	for _, a := range g {
		t.Columns = append(t.Columns, a.Key)
	}
	t.Columns = append(t.Columns, "metric", "score", "value", "±", "by seed", "beside the least")
	rows := Compare(cells).Rows
	for _, row := range rows {
		least := row.least()
		for i, s := range row.Scores {
			if s == nil {
				continue
			}
			var line []any
			for _, v := range g.Cell(i) {
				line = append(line, v.Value)
			}
			t.Rows = append(t.Rows, append(line, s.kind(), s.Name, s.Value, s.errorCell(), s.bySeed(),
				row.beside(least, i)))
		}
	}
	return t
}

// least is the cell whose score is the least.
func (r *Row) least() int {
	at := -1
	for i, s := range r.Scores {
		if s != nil && (at < 0 || s.Value < r.Scores[at].Value) {
			at = i
		}
	}
	return at
}

// beside says how cell i compares with the least.
func (r *Row) beside(least, i int) string {
	if i == least {
		return "least"
	}
	for _, p := range r.Pairs {
		switch {
		case p.A != min(i, least) || p.B != max(i, least):
		case p.Within == nil:
			return "no error to tell by"
		case *p.Within:
			return "within noise"
		}
	}
	return ""
}

// SweepPlots draw each score over the first axis of numbers with at least two values, a line for
// each setting of the others; where there is none, over the numbers of the cells.
func SweepPlots(g Grid, cells []*Report) []geometry.Plot {
	over := -1
	for k, a := range g {
		if over < 0 && len(a.Values) > 1 && decimals(a.Values) != nil {
			over = k
		}
	}
	var plots []geometry.Plot
	names := map[string]int{}
	for _, row := range Compare(cells).Rows {
		title := row.kind() + ": " + row.Name
		p := geometry.Plot{Name: slug(title), Title: title, X: "cell", Y: row.Name}
		if names[p.Name]++; names[p.Name] > 1 {
			p.Name += fmt.Sprintf("-%d", names[p.Name])
		}
		if over >= 0 {
			x := decimals(g[over].Values)
			lo, hi := x[0], x[0]
			for _, v := range x {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
			p.X, p.LogX = g[over].Key, lo > 0 && hi >= 10*lo
		}
		p.Lines = row.lines(g, over)
		plots = append(plots, p)
	}
	return plots
}

// lines are the scores of r over an axis, −1 for the cells by number.
func (r *Row) lines(g Grid, over int) (all []geometry.Line) {
	at := map[string]int{}
	for i, s := range r.Scores {
		if s == nil {
			continue
		}
		x, name := float64(i+1), ""
		if over >= 0 {
			var others []string
			for k, v := range g.Cell(i) {
				if k == over {
					x, _ = strconv.ParseFloat(v.Value, 64) // decimals has read it
				} else {
					others = append(others, v.Key+"="+v.Value)
				}
			}
			name = strings.Join(others, " ")
		}
		k, known := at[name]
		if !known {
			k, at[name] = len(all), len(all)
			all = append(all, geometry.Line{Name: name})
		}
		l := &all[k]
		l.X, l.Y = append(l.X, x), append(l.Y, s.Value)
		se := 0.
		if s.Error != nil {
			se = *s.Error
		}
		l.SE = append(l.SE, se)
	}
	for k := range all {
		l := &all[k]
		l.Marks = len(l.X) == 1 || over < 0
		sort.Sort(byX{l})
	}
	return all
}

// byX sorts the points of a line.
type byX struct{ *geometry.Line }

func (l byX) Len() int           { return len(l.X) }
func (l byX) Less(i, j int) bool { return l.X[i] < l.X[j] }
func (l byX) Swap(i, j int) {
	l.X[i], l.X[j] = l.X[j], l.X[i]
	l.Y[i], l.Y[j] = l.Y[j], l.Y[i]
	l.SE[i], l.SE[j] = l.SE[j], l.SE[i]
}

// decimals are values as numbers; nil where one is none.
func decimals(values []string) []float64 {
	x := make([]float64, len(values))
	for i, v := range values {
		var err error
		if x[i], err = strconv.ParseFloat(v, 64); err != nil || x[i]-x[i] != 0 {
			return nil
		}
	}
	return x
}

// slug is a text as part of a file's name: letters and digits, with hyphens between.
func slug(text string) string {
	other := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	words := strings.FieldsFunc(text, other)
	return strings.ToLower(strings.Join(words, "-"))
}
