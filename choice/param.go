package choice

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Param is one parameter of a method.
type Param struct {
	Name  string
	About string // one line: what it does, its unit, advice
	// Default is its value where none is given. Its Go type is the type of the
	// parameter: int, uint64, float64, bool, string, []int, []float64 or []string.
	Default any
	// Usual says in words what takes the place of Default, where that depends on
	// something else: the caller of [Table.Resolve] gives its value.
	Usual string
	// Zero is a word for 0, of a whole number; "" for none.
	Zero string
	In   Range
}

// Range is the set of values a parameter may take. The zero Range is every value of
// the parameter's type.
type Range struct {
	Want  string           // in words, as errors and help print it
	Has   func(v any) bool // v has the type of the parameter
	Words []string         // the values there are, where they can be listed
}

// Where is the range of the values for which has holds.
func Where[T any](want string, has func(v T) bool) Range {
	return Range{Want: want, Has: func(v any) bool { x, ok := v.(T); return ok && has(x) }}
}

// Between is the range of whole numbers from lo to hi. of says what they count.
func Between(lo, hi int, of string) Range {
	want := fmt.Sprintf("between %d and %d", lo, hi)
	if of != "" {
		want += " " + of
	}
	return Where(want, func(v int) bool { return lo <= v && v <= hi })
}

// AtLeast is the range of whole numbers from lo on.
func AtLeast(lo int, of string) Range {
	return Where(fmt.Sprintf("at least %d %s", lo, of), func(v int) bool { return v >= lo })
}

// Words is the range of some texts.
func Words(words ...string) Range {
	r := Where(Or(words), func(v string) bool { return slices.Contains(words, v) })
	r.Words = words
	return r
}

// Ranges of numbers. All exclude NaN and infinities.
var (
	AnyNumber = Where("a finite number", func(v float64) bool { return math.Abs(v) <= math.MaxFloat64 })
	Positive  = Where("a finite number > 0", func(v float64) bool { return 0 < v && v <= math.MaxFloat64 })
	NotBelow0 = Where("a finite number ≥ 0", func(v float64) bool { return 0 <= v && v <= math.MaxFloat64 })

	UnitBelowOne = Where("a number in [0, 1)", func(v float64) bool { return 0 <= v && v < 1 })
	UnitOpen     = Where("a number in (0, 1)", func(v float64) bool { return 0 < v && v < 1 })
)

// Wants is what p takes, in words.
func (p Param) Wants() string {
	if p.In.Want != "" {
		return p.In.Want
	}
	switch p.Default.(type) {
	case int:
		return "a whole number"
	case uint64:
		return "a whole number ≥ 0"
	case float64:
		return "a finite number"
	case bool:
		return "true or false"
	case []int:
		return "a list of whole numbers, like [1, 2, 2]"
	case []float64:
		return "a list of numbers, like [0.5, 2]"
	case []string:
		return "a list of words, like [one, two]"
	}
	return "text"
}

// Type names the type of p as a help text does.
func (p Param) Type() string {
	switch p.Default.(type) {
	case int, uint64:
		return "int"
	case float64:
		return "number"
	case bool:
		return "bool"
	case []int, []float64, []string:
		return "list"
	}
	return "text"
}

// Usually is the default of p, in words.
func (p Param) Usually() string {
	if p.Usual != "" {
		return p.Usual
	}
	return Format(p.Default)
}

// Read turns a value into one of p's type: the value itself, or what its text says.
// The fault it may return has path at.
func (p Param) Read(at string, v any) (any, *Fault) {
	if p.Zero != "" && v == any(p.Zero) {
		v = 0
	}
	typed, ok := read(p.Default, v)
	switch {
	case !ok:
		want := p.Wants()
		if text, isText := v.(string); isText && notDecimal(text) {
			want += ", in decimal digits"
		}
		return nil, &Fault{at, Show(v), want}
	case p.In.Has != nil && !p.In.Has(typed):
		if words, ok := typed.([]string); ok { // of which one may be misspelt
			return nil, &Fault{at, Show(Format(words)), p.Wants()}
		}
		return nil, &Fault{at, Show(typed), p.Wants()}
	}
	return typed, nil
}

// Other is a value that no parameter takes, in words: "a section", "nothing".
type Other string

// Show prints a value as errors do: a text in quotes, cut where it is long.
func Show(v any) string {
	switch v := v.(type) {
	case string:
		const most = 60 // characters
		if r := []rune(v); len(r) > most {
			v = string(r[:most]) + "…"
		}
		return strconv.Quote(v)
	case []string:
		return "a list"
	case Other:
		return string(v)
	}
	return Format(v)
}

// Format prints a value as a configuration has it, a text without quotes.
func Format(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []int:
		return formatList(v)
	case []float64:
		return formatList(v)
	case []string:
		return formatList(v)
	}
	return fmt.Sprint(v)
}

func formatList[T any](list []T) string {
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = Format(item)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// Or prints a, b or c.
func Or(list []string) string {
	last := len(list) - 1
	if last < 1 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:last], ", ") + " or " + list[last]
}
