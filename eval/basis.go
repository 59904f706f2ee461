package eval

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
)

// Basis is what a score was computed on beside the data and the field: scores of the same metric
// that have another basis do not compare.
type Basis struct {
	Features    string `json:"features,omitempty"`     // that points were seen through
	FeaturesSum string `json:"features_sum,omitempty"` // identifies what made these
	Resize      string `json:"resize,omitempty"`       // how pictures were brought to their size
	Real        int    `json:"n_real,omitempty"`       // points of the data
	Generated   int    `json:"n_generated,omitempty"`  // points of the subject, in each draw
}

// base says of a score of m what it was computed on.
func (c *Case) base(s *Score, m Chosen) {
	if m.Of == Points && c.drawn != nil {
		s.Generated = c.count()
	}
	if m.Featured && c.Space != nil {
		info := c.Space.Info()
		s.Features, s.FeaturesSum, s.Resize, s.Real = info.Name, info.Hash, info.Resize, c.real
	}
}

// said lists the fields of b by name with their values, "" where one is not said.
func (b Basis) said() (names, values []string) {
	v := reflect.ValueOf(b)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		text := ""
		if !v.Field(i).IsZero() {
			text = fmt.Sprint(v.Field(i).Interface())
		}
		names, values = append(names, name), append(values, text)
	}
	return names, values
}

// free are parameters of metrics that scores may differ in and compare: what they change is
// within the error.
var free = []string{"seed"}

// difference names what keeps a score of one subject from being compared with one of another, of
// the same metric; "" for nothing. Before the scores are there, what is not said yet is no
// difference.
func difference(a, b Score, before bool) string {
	one, _ := choice.Parse(a.Metric) // which printed them
	two, _ := choice.Parse(b.Metric)
	keys := append(one.Params.Keys(), two.Params.Keys()...)
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		x, y := text(one.Params[key]), text(two.Params[key])
		if x != y && !slices.Contains(free, key) {
			return told(one.Kind+"."+key, x, y)
		}
	}
	names, xs := a.Basis.said()
	_, ys := b.Basis.said()
	for i, name := range names {
		if unsaid := xs[i] == "" || ys[i] == ""; xs[i] != ys[i] && !(before && unsaid) {
			return told(name+" of "+one.Kind, xs[i], ys[i])
		}
	}
	return ""
}

// key is the metric of s without its free parameters.
func (s Score) key() string {
	c, _ := choice.Parse(s.Metric) // which printed it
	for _, name := range free {
		delete(c.Params, name)
	}
	return c.String()
}

// text is the value of a parameter as an error has it.
func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// told is one difference in words.
func told(what, a, b string) string {
	if a == "" {
		a = "not said"
	}
	if b == "" {
		b = "not said"
	}
	return fmt.Sprintf("%s: %s in the first, %s in the second", what, a, b)
}
