//go:build !amd64

package kernels

// archOf returns the kernels of a level that Levels lists: Go alone.
func archOf(Level) *arch { return goArch }
