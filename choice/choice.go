package choice

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Values holds parameters by name. Each has the type of its [Param], or is the text
// of one (a string, or a []string for a list) until a table has read it.
type Values map[string]any

// Of returns the parameter called name. That a table has read the values, and that
// the entry has a parameter of that name and type, is up to the program.
func Of[T any](v Values, name string) T {
	x, ok := v[name].(T)
	if !ok {
		panic("choice: Of: the entry has no such parameter of that type: " + name)
	}
	return x
}

// The parameters of each type by name, as [Of] returns them.
func (v Values) Int(name string) int        { return Of[int](v, name) }
func (v Values) Uint64(name string) uint64  { return Of[uint64](v, name) }
func (v Values) Float(name string) float64  { return Of[float64](v, name) }
func (v Values) Bool(name string) bool      { return Of[bool](v, name) }
func (v Values) Text(name string) string    { return Of[string](v, name) }
func (v Values) Ints(name string) []int     { return Of[[]int](v, name) }
func (v Values) Words(name string) []string { return Of[[]string](v, name) }

// Keys lists the names in alphabetical order.
func (v Values) Keys() []string { return slices.Sorted(maps.Keys(v)) }

// Choice names one entry of a table and parameters of it. An empty Kind is the
// table's default.
type Choice struct {
	Kind   string
	Params Values
}

// Clone is c with a map of its own.
func (c Choice) Clone() Choice { return Choice{c.Kind, maps.Clone(c.Params)} }

// String is the text that [Parse] reads, parameters in alphabetical order.
func (c Choice) String() string {
	var b strings.Builder
	b.WriteString(c.Kind)
	sep := ":"
	for _, k := range c.Params.Keys() {
		text := Format(c.Params[k])
		switch v := c.Params[k].(type) {
		case string:
			if v == "" || strings.ContainsAny(v, "\"[],=") || v != strings.TrimSpace(v) {
				text = strconv.Quote(v)
			}
		case []string:
			text = "[" + strings.Join(v, ", ") + "]"
		}
		b.WriteString(sep + k + "=" + text)
		sep = ","
	}
	return b.String()
}

// Parse reads a choice from text: kind, or kind:name=value,name=value. A value is
// plain, or a list like [1, 2], or a text in double quotes with the escapes of Go.
// Names are not looked up here: a table does that and reports every fault.
func Parse(text string) (Choice, error) {
	const want = "a name, or a name with parameters like eqm:gain=4,cut=0.8"
	kind, rest, more := strings.Cut(strings.TrimSpace(text), ":")
	c := Choice{Kind: strings.TrimSpace(kind)}
	if c.Kind == "" || strings.ContainsAny(c.Kind, "=,[]\"") {
		return Choice{}, &Fault{"", Show(text), want}
	}
	if !more {
		return c, nil
	}
	c.Params = Values{}
	for more {
		var name string
		name, rest, more = strings.Cut(rest, "=")
		name = strings.TrimSpace(name)
		if !more || name == "" || strings.ContainsAny(name, ":,[]\"") {
			return Choice{}, &Fault{"", Show(text), want}
		}
		if _, twice := c.Params[name]; twice {
			return Choice{}, &Fault{"", Show(text), name + " once"}
		}
		var ok bool
		if c.Params[name], rest, more, ok = parameter(rest); !ok {
			return Choice{}, &Fault{"", Show(text), want}
		}
	}
	return c, nil
}

// parameter reads the value that text begins with, and what comes after the comma
// behind it.
func parameter(text string) (v any, rest string, more, ok bool) {
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, `"`):
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return nil, "", false, false
		}
		v, _ = strconv.Unquote(quoted) // a quoted prefix can be unquoted
		text = text[len(quoted):]
	case strings.HasPrefix(text, "["):
		inside, after, closed := strings.Cut(text[1:], "]")
		if !closed {
			return nil, "", false, false
		}
		items := []string{}
		for item := range strings.SplitSeq(inside, ",") {
			items = append(items, strings.TrimSpace(item))
		}
		if strings.TrimSpace(inside) == "" {
			items = nil
		}
		v, text = items, after
	default:
		end := strings.IndexByte(text, ',')
		if end < 0 {
			end = len(text)
		}
		plain := strings.TrimSpace(text[:end])
		if plain == "" || strings.ContainsAny(plain, "=[]\"") {
			return nil, "", false, false
		}
		v, text = plain, text[end:]
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return v, "", false, true
	}
	rest, more = strings.CutPrefix(text, ",")
	return v, rest, more, more
}
