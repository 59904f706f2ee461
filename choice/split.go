package choice

import "strings"

// Split cuts a list at the commas that are in no brackets: 1,[2, 3] is two items. Empty items
// are left out.
func Split(list string) []string {
	depth := 0
	return strings.FieldsFunc(list, func(r rune) bool {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		}
		return r == ',' && depth == 0
	})
}
