package cmd

import (
	"fmt"
	"io"
)

// stdout is standard output. It remembers a write that failed: whoever prints a
// result need not look, for the command then ends with that error.
type stdout struct {
	w   io.Writer
	err error
}

func (o *stdout) Write(text []byte) (int, error) {
	n, err := o.w.Write(text)
	if o.err == nil && err != nil {
		o.err = fmt.Errorf("standard output: %w", err)
	}
	return n, err
}
