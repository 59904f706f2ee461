package choice

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Entry is one method of a table.
type Entry[T any] struct {
	Name    string // the canonical one, which is written
	About   string // one line
	Aliases []string
	Example string  // a choice of it, as Parse reads it
	Paper   string  // where it comes from; "" where nobody is owed it
	Params  []Param // what it takes beside what every entry takes
	Make    T
}

// Table lists the methods of one sort by name. A table without entries is a plain
// section of a configuration: its parameters are in Common.
type Table[T any] struct {
	What    string // what an entry is, in one word: "schedule"
	Key     string // the key under which a configuration names the entry: "kind"
	Default string // the entry where none is named; "" where one must be
	Common  []Param
	Entries []Entry[T]
	// Ambiguous has names that mean one entry to some people and another to others,
	// with those entries: such a name is refused.
	Ambiguous map[string][]string
}

// Add puts an entry in its place in alphabetical order, so that a method can be
// written, and listed, in a file of its own:
//
//	var _ = Table.Add(choice.Entry[…]{…})
//
// A name that is taken is a mistake of the program.
func (t *Table[T]) Add(e Entry[T]) bool {
	byName := func(a, b Entry[T]) int { return cmp.Compare(a.Name, b.Name) }
	i, taken := slices.BinarySearchFunc(t.Entries, e, byName)
	if taken {
		panic("choice: Table.Add: two entries have the name " + e.Name)
	}
	t.Entries = slices.Insert(t.Entries, i, e)
	return true
}

// Section is t without the types of what its entries make, for whoever lists them.
func (t Table[T]) Section() Table[any] {
	s := Table[any]{What: t.What, Key: t.Key, Default: t.Default, Common: t.Common, Ambiguous: t.Ambiguous}
	for _, e := range t.Entries {
		s.Entries = append(s.Entries, Entry[any]{e.Name, e.About, e.Aliases, e.Example, e.Paper, e.Params,
			e.Make})
	}
	return s
}

// Names lists the canonical names in the order of the table.
func (t Table[T]) Names() []string {
	names := make([]string, len(t.Entries))
	for i, e := range t.Entries {
		names[i] = e.Name
	}
	return names
}

// Find is the entry of that name or alias.
func (t Table[T]) Find(name string) (*Entry[T], bool) {
	for i, e := range t.Entries {
		if e.Name == name || slices.Contains(e.Aliases, name) {
			return &t.Entries[i], true
		}
	}
	return nil, false
}

// Params lists what a choice of e may give: what every entry takes, then its own. e
// may be nil.
func (t Table[T]) Params(e *Entry[T]) []Param {
	if e == nil {
		return t.Common
	}
	return slices.Concat(t.Common, e.Params)
}

// Takers lists the entries that have a parameter of that name of their own.
func (t Table[T]) Takers(name string) []string {
	var takers []string
	for _, e := range t.Entries {
		if slices.ContainsFunc(e.Params, func(p Param) bool { return p.Name == name }) {
			takers = append(takers, e.Name)
		}
	}
	return takers
}

// Resolve finds the entry that c names and reads its parameters: c's own, then those
// of usual, then the defaults. It returns the entry, nil where there is none; c with
// the canonical name and every parameter in its type; and all that is wrong, with
// paths in the section at.
func (t Table[T]) Resolve(at string, c Choice, usual Values) (*Entry[T], Choice, Faults) {
	var faults Faults
	full := Choice{Kind: cmp.Or(c.Kind, t.Default), Params: Values{}}
	e, ok := t.Find(full.Kind)
	if ok {
		full.Kind = e.Name
	} else if len(t.Entries) > 0 {
		faults.Add(Join(at, t.Key), full.Kind, t.oneOf(full.Kind))
	}
	for _, p := range t.Params(e) {
		v, given := c.Params[p.Name]
		if !given {
			if v, given = usual[p.Name]; !given {
				full.Params[p.Name] = p.Default
				continue
			}
		}
		typed, fault := p.Read(Join(at, p.Name), v)
		if fault != nil {
			faults = append(faults, fault)
			typed = p.Default
		}
		full.Params[p.Name] = typed
	}
	for _, name := range c.Params.Keys() {
		if _, known := full.Params[name]; !known && (ok || len(t.Takers(name)) == 0) {
			faults = append(faults, t.stranger(at, name, e, c.Params[name]))
		}
	}
	return e, full, faults
}

// Brief is c without the parameters that have their defaults, which is the same choice, whatever
// parameters the table gains. A choice at fault stays as it is.
func (t Table[T]) Brief(c Choice) Choice {
	e, full, faults := t.Resolve("", c, nil)
	if len(faults) > 0 {
		return c
	}
	brief := Choice{Kind: full.Kind, Params: maps.Clone(c.Params)}
	for _, p := range t.Params(e) {
		if Format(full.Params[p.Name]) == Format(p.Default) {
			delete(brief.Params, p.Name)
		}
	}
	return brief
}

// oneOf is what stands in the place of a name that is none of t's.
func (t Table[T]) oneOf(name string) string {
	if meant, ok := t.Ambiguous[name]; ok {
		return Or(meant) + ": both are called " + name
	}
	return OneOf(name, t.Names())
}

// OneOf prints the names there are, and which of them name may have been meant for.
func OneOf(name string, names []string) string {
	want := "one of " + strings.Join(names, ", ")
	if near := Nearest(name, names); near != "" {
		want += ": " + near + " is the nearest"
	}
	return want
}

// stranger is the fault of a parameter that e does not take.
func (t Table[T]) stranger(at, name string, e *Entry[T], v any) *Fault {
	if takers := t.Takers(name); len(takers) > 0 {
		want := fmt.Sprintf("no %s: %s takes none, %s does", name, e.Name, Or(takers))
		return &Fault{Join(at, name), Show(v), want}
	}
	var names []string
	if t.Key != "" {
		names = append(names, t.Key)
	}
	for _, p := range t.Params(e) {
		names = append(names, p.Name)
	}
	return Unknown(at, name, names)
}

// Unknown is the fault of a key that a section does not have.
func Unknown(section, key string, names []string) *Fault {
	names = slices.Sorted(slices.Values(names))
	return &Fault{Join(section, key), "an unknown key", OneOf(key, names)}
}
