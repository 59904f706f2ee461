package kernels

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed budget.txt
var budgetText string

// budgets are the lines of budget.txt by kernel.
var budgets = sync.OnceValue(func() map[string][2]int {
	m := map[string][2]int{}
	for line := range strings.Lines(budgetText) {
		var target, name string
		var b [2]int
		if n, _ := fmt.Sscan(line, &target, &name, &b[0], &b[1]); n == 4 {
			m[name] = b
		}
	}
	return m
})

// Budget is what a kernel may use by budget.txt, which scripts/ptxas.sh holds NVIDIA's assembler
// to: registers of a thread, and bytes of static shared memory. ok is false where the file has none.
func Budget(kernel string) (registers, shared int, ok bool) {
	b, ok := budgets()[kernel]
	return b[0], b[1], ok
}
