package ptx

import "fmt"

// An Error is a fault in the text of a module, with its place.
type Error struct {
	Line    int32 // from 1
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Recover, deferred, stores the *Error that a panic carries in *err. Any other panic goes on. What reads
// a module statement by statement may so give up at any depth.
func Recover(err *error) {
	switch e := recover().(type) {
	case nil:
	case *Error:
		*err = e
	default:
		panic(e)
	}
}
