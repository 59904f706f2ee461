package ptx

import (
	"fmt"
	"slices"
	"strings"
)

// A Form is the modifiers of one form of an opcode, in their order.
type Form []Field

// A Field is one place of a form: one of Names, or nothing where it is Optional.
// The empty name stands for a form without modifiers.
type Field struct {
	Names    []string
	Optional bool
}

// Forms are the forms of every opcode that a module may use.
var Forms = func() map[string][]Form {
	all := map[string][]Form{}
	for opcode, rows := range syntax {
		for _, row := range expandMacros(rows) {
			var form Form
			for _, word := range strings.Fields(row) {
				form = append(form, parseField(word))
			}
			all[opcode] = append(all[opcode], form)
		}
	}
	return all
}()

// expandMacros lists rows with their macros written out.
func expandMacros(rows []string) (all []string) {
	for _, row := range rows {
		head, end := row[:strings.LastIndex(row, " ")+1], row[strings.LastIndex(row, " ")+1:]
		if macros[end] == nil {
			all = append(all, row)
		}
		for _, m := range macros[end] {
			all = append(all, head+m)
		}
	}
	return all
}

// parseField reads one word of the table, as in a|$class|b?.
func parseField(word string) (f Field) {
	word, f.Optional = strings.CutSuffix(word, "?")
	for _, name := range strings.Split(word, "|") {
		class, ok := strings.CutPrefix(name, "$")
		if !ok {
			f.Names = append(f.Names, name)
			continue
		}
		if classes[class] == "" {
			panic("ptx: the syntax names " + name + ", which is no class")
		}
		f.Names = append(f.Names, strings.Split(classes[class], "|")...)
	}
	return f
}

// Fits says whether mods are the modifiers of the form.
func (form Form) Fits(mods []string) bool {
	if len(form) == 0 {
		return len(mods) == 0
	}
	if len(mods) > 0 && slices.Contains(form[0].Names, mods[0]) && form[1:].Fits(mods[1:]) {
		return true
	}
	return form[0].Optional && form[1:].Fits(mods)
}

// CheckForm says what is wrong with the modifiers of an opcode, nil where a form has them.
func CheckForm(opcode string, mods []string) error {
	known := map[string]bool{}
	for _, form := range Forms[opcode] {
		if form.Fits(mods) {
			return nil
		}
		for _, f := range form {
			for _, n := range f.Names {
				known[n] = true
			}
		}
	}
	for _, m := range mods {
		if !known[m] {
			return fmt.Errorf("unknown modifier .%s of %s", m, opcode)
		}
	}
	return fmt.Errorf("%s has no such form", opcode)
}
