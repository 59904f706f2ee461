package choice

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// word is what a name looks like.
var word = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// Verify reports what is wrong with the table itself, which is a mistake of the
// program: tests call it for every table there is.
func (t Table[T]) Verify() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("choice: table of %ss: "+format, append([]any{t.What}, args...)...))
	}
	seen := map[string]bool{}
	for i := range t.Entries {
		e := &t.Entries[i]
		for _, name := range append([]string{e.Name}, e.Aliases...) {
			if !word.MatchString(name) || seen[name] {
				bad("name %q: got one that is taken or no word, want a new one", name)
			}
			seen[name] = true
		}
		if !line(e.About) {
			bad("%s: about: got %q, want one line", e.Name, e.About)
		}
		if err := verifyParams(t.Params(e), t.Key); err != nil {
			bad("%s: %w", e.Name, err)
		}
		c, err := Parse(e.Example)
		if err != nil || c.Kind != e.Name {
			bad("%s: example: got %q (%v), want a choice of it", e.Name, e.Example, err)
		} else if _, _, faults := t.Resolve(e.Name, c, nil); len(faults) > 0 {
			bad("%s: example: %w", e.Name, faults)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Ambiguous)) {
		for _, meant := range t.Ambiguous[name] {
			if _, ok := t.Find(meant); seen[name] || !ok {
				bad("ambiguous %s: got a name of an entry, or none of an entry in %q", name, meant)
			}
		}
	}
	if _, ok := t.Find(t.Default); t.Default != "" && !ok {
		bad("default: got %q, want an entry", t.Default)
	}
	if len(t.Entries) == 0 {
		if err := verifyParams(t.Common, t.Key); err != nil {
			bad("%w", err)
		}
	}
	return errors.Join(errs...)
}

func verifyParams(params []Param, key string) error {
	var errs []error
	seen := map[string]bool{key: true}
	for _, p := range params {
		if !word.MatchString(p.Name) || seen[p.Name] || !line(p.About) {
			errs = append(errs, fmt.Errorf("parameter %q: got a name that is taken or no word, or %q about "+
				"it, "+
				"want a new name and one line", p.Name, p.About))
		}
		seen[p.Name] = true
		v, fault := p.Read(p.Name, p.Default)
		switch {
		case p.Usual != "": // the default is there for its type
		case fault != nil:
			errs = append(errs, fault)
		case p.Type() != "list":
			if back, ok := read(p.Default, Format(v)); !ok || back != v {
				errs = append(errs, fmt.Errorf("parameter %s: its default %v is read back as %v", p.Name, v,
					back))
			}
		}
	}
	return errors.Join(errs...)
}

func line(text string) bool { return text != "" && !strings.ContainsAny(text, "\n\t") }
