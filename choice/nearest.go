package choice

import "strings"

// Nearest is the name that text is most likely a slip of: one that takes at most
// one edit for every three characters, or one of two, and the first where several are as
// near. It is "" where there is none. An edit adds, drops or changes a character, or swaps two
// neighbours; capitals are as small letters.
func Nearest(text string, names []string) string {
	given := []rune(strings.ToLower(text))
	if len(given) > 1<<5 { // no name is so long
		return ""
	}
	best, least := "", min(max(1, len(given)/3)+1, len(given))
	for _, name := range names {
		if d := edits(given, []rune(strings.ToLower(name))); d < least {
			best, least = name, d
		}
	}
	return best
}

// edits counts the fewest edits from a to b: the distance of Damerau and Levenshtein,
// in its form where no character is edited twice. It takes len(a)·len(b) steps.
func edits(a, b []rune) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row := rows[0], rows[1], rows[2]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		rows = [3][]int{above, row, before}
	}
	return rows[1][len(b)]
}
