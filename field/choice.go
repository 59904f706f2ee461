package field

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// Choice names one entry of a table and the parameters that differ from its
// defaults. In a file it is a mapping, {kind: eqm, gain: 2}, or its text.
type Choice struct {
	Kind   string `yaml:"kind"`
	Params Values `yaml:",inline"`
}

// String is the text ParseChoice reads, parameters in alphabetical order.
func (c Choice) String() string {
	var b strings.Builder
	b.WriteString(c.Kind)
	sep := ":"
	for _, k := range sortedKeys(c.Params) {
		b.WriteString(sep + k + "=" + strconv.FormatFloat(c.Params[k], 'g', -1, 64))
		sep = ","
	}
	return b.String()
}

// ParseChoice reads kind or kind:name=number,name=number. Names are not looked
// up here: a Spec does that and reports every fault.
func ParseChoice(text string) (Choice, error) {
	kind, rest, more := strings.Cut(strings.TrimSpace(text), ":")
	c := Choice{Kind: strings.TrimSpace(kind)}
	if c.Kind == "" || strings.ContainsAny(c.Kind, "=,") {
		return Choice{}, fmt.Errorf("field: ParseChoice: got %q, want kind or kind:name=number and so on", text)
	}
	if !more {
		return c, nil
	}
	c.Params = Values{}
	for part := range strings.SplitSeq(rest, ",") {
		name, number, ok := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if !ok || name == "" || strings.Contains(name, ":") || err != nil {
			return Choice{}, fmt.Errorf("field: ParseChoice: got %q in %q, want name=number", part, text)
		}
		if _, twice := c.Params[name]; twice {
			return Choice{}, fmt.Errorf("field: ParseChoice: got %s twice in %q, want it once", name, text)
		}
		c.Params[name] = v
	}
	return c, nil
}

// UnmarshalText is ParseChoice, for decoders that meet a plain string.
func (c *Choice) UnmarshalText(text []byte) error {
	parsed, err := ParseChoice(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// clone is c with parameters of its own.
func (c Choice) clone() Choice { return Choice{c.Kind, maps.Clone(c.Params)} }
