package eval

import (
	"fmt"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/geometry"
)

// Table is the reports for people: a line for each score.
func Table(reports []*Report) *geometry.Table {
	t := &geometry.Table{Name: "eval", Title: "Scores ± standard error; --json says how that was found",
		Columns: []string{"subject", "metric", "score", "value", "±", "by seed", "n", "computed on"}}
	for _, r := range reports {
		for _, s := range r.Scores {
			t.Rows = append(t.Rows, []any{r.Subject, s.kind(), s.Name, s.Value, s.errorCell(), s.bySeed(),
				s.N, s.On})
		}
	}
	return t
}

// kind is the name of the metric of s.
func (s Score) kind() string {
	c, _ := choice.Parse(s.Metric) // which printed it
	return c.Kind
}

// errorCell is the standard error in a table, "" where there is none.
func (s Score) errorCell() any {
	if s.Error == nil {
		return ""
	}
	return *s.Error
}

// bySeed is what each draw scored, in one cell: seed and value.
func (s Score) bySeed() string {
	var cells []string
	for _, d := range s.Draws {
		cells = append(cells, fmt.Sprintf("%d: %s", d.Seed, geometry.Text(d.Value)))
	}
	return strings.Join(cells, "  ")
}
