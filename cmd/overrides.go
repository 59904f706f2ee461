package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/sample"
)

// overrides are the flags of a command that change a configuration. They are made from
// the tables that describe it, and their values are handed on as text, so that a flag
// takes what --set and a file take.
type overrides struct {
	set   []string
	flags []override
}

// override is one such flag.
type override struct {
	name, path string
	text       *textFlag
}

// config adds the flags of commands that read a configuration: --set, one for each
// key outside any section, and one for each section that names a method.
func (o *overrides) config(c *cobra.Command) {
	c.Flags().StringArrayVar(&o.set, "set", nil, "change one key of the configuration: optimizer.lr=1e-3")
	o.section(c, "")
	o.kind(c, "field", "field", "a process by its name", field.Processes.Section())
	for _, s := range experiment.Sections() {
		if s.Table.Key != "" && !strings.Contains(s.Path, ".") {
			o.kind(c, s.Path, s.Path, s.Table.What+", and its keys like "+example(s.Table), s.Table)
		}
	}
}

// example is the example of the last entry of a table that gives a parameter.
func example(t choice.Table[any]) string {
	text := t.Default
	for _, e := range t.Entries {
		if strings.Contains(e.Example, "=") {
			text = e.Example
		}
	}
	return text
}

// section adds a flag for each key of a section, of all its entries: for those named,
// or all if none is.
func (o *overrides) section(c *cobra.Command, path string, only ...string) {
	s, ok := experiment.At(path)
	if !ok {
		panic("cmd: the configuration has no such section")
	}
	t := s.Table
	if t.Key != "" && len(only) == 0 {
		o.kind(c, t.Key, choice.Join(path, t.Key), "the "+t.What, t)
	}
	add := func(p choice.Param, takers []string) {
		if len(only) > 0 && !slices.Contains(only, p.Name) || c.Flags().Lookup(p.Name) != nil {
			return
		}
		o.add(c, p.Name, choice.Join(path, p.Name), p.Type(), usage(p, takers), p.In.Words)
		if len(takers) > 0 {
			under(c, "Flags of one "+t.What+" or some", p.Name)
		}
	}
	for _, p := range t.Common {
		add(p, nil)
	}
	for _, e := range t.Entries {
		for _, p := range e.Params {
			add(p, t.Takers(p.Name))
		}
	}
}

// usage is what help says of a parameter: what it does, which methods have it, what it
// may be and its default.
func usage(p choice.Param, takers []string) string {
	text := p.About
	if len(takers) > 0 {
		text += "; of " + strings.Join(takers, ", ")
	}
	if p.In.Want != "" {
		text += "; " + p.In.Want
	}
	if usual := p.Usually(); usual != "" && usual != "0" && usual != "false" {
		text += "; default " + usual
	}
	return text
}

// kind adds a flag that names an entry of a table.
func (o *overrides) kind(c *cobra.Command, name, path, about string, t choice.Table[any]) {
	words := make([]string, len(t.Entries))
	for i, e := range t.Entries {
		words[i] = e.Name + "\t" + e.About
	}
	usual := t.Default
	if path == "sample.sampler" {
		usual = "the run's; auto for the one that suits the field"
		words = append(words, sample.Auto+"\tthe one that suits the field")
	}
	o.add(c, name, path, "name", about+": "+choice.Or(t.Names())+"; default "+usual, words)
}

func (o *overrides) add(c *cobra.Command, name, path, kind, usage string, words []string) {
	text := &textFlag{kind: kind}
	short := ""
	if len(name) == 1 {
		short = name
	}
	f := c.Flags().VarPF(text, name, short, usage)
	if kind == "bool" {
		f.NoOptDefVal = "true"
	}
	if path == "device" {
		words = devicesByName
	}
	if len(words) > 0 {
		complete := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
		if err := c.RegisterFlagCompletionFunc(name, complete); err != nil {
			panic("cmd: a flag has two completions: " + err.Error())
		}
	}
	o.flags = append(o.flags, override{name, path, text})
}

// assignments are the flags that were given, as --set would say them. A flag
// comes after --set of the same key.
func (o *overrides) assignments(c *cobra.Command) []string {
	set := o.set[:len(o.set):len(o.set)]
	for _, f := range o.flags {
		if c.Flags().Changed(f.name) {
			set = append(set, f.path+"="+f.text.value)
		}
	}
	return set
}

// textFlag is a flag whose value is kept as it was written.
type textFlag struct{ kind, value string }

func (f *textFlag) String() string     { return f.value }
func (f *textFlag) Type() string       { return f.kind }
func (f *textFlag) Set(s string) error { f.value = s; return nil }

// intFlag is a whole number that is no part of a configuration, read as one is.
type intFlag struct {
	to *int
	in choice.Param
}

// intVar adds a flag for a whole number.
func intVar(c *cobra.Command, to *int, p choice.Param) {
	*to = p.Default.(int)
	c.Flags().Var(intFlag{to, p}, p.Name, p.About)
}

func (f intFlag) String() string {
	if f.to == nil {
		return ""
	}
	return choice.Format(*f.to)
}

func (f intFlag) Type() string { return "int" }

func (f intFlag) Set(s string) error {
	v, fault := f.in.Read("", s)
	if fault != nil {
		return fault
	}
	*f.to = v.(int)
	return nil
}
