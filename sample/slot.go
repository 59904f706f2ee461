package sample

import "fmt"

// slot is a place of the executor, with the point that is in it.
type slot struct {
	number int
	path   Path
	nfe    int   // stages that were started
	asked  bool  // its row is of the stage to come, and not of the last
	last   Stage // where the last is; Step is 0 before the first
}

// String is where the point is: step 3, t = 0.5, of sample 7.
func (q *slot) String() string {
	if q.last.Step == 0 {
		return fmt.Sprintf("the start of sample %d", q.number)
	}
	return fmt.Sprintf("%v of sample %d", &q.last, q.number)
}
