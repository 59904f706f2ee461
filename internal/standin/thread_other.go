//go:build !linux

package standin

// thread is the same for all where threads have no number: a context is then
// current for everyone.
func thread() int { return 0 }
