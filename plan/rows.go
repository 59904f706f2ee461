package plan

import "math/bits"

// Rows is how many rows a plan for n ≤ batch points has: the least power of two that holds
// them, or the batch. So few plans serve every n, none with twice the rows it needs.
func Rows(n, batch int) int { return min(1<<bits.Len(uint(n-1)), batch) }
