//go:build !amd64

package kernel

// archOf returns the kernels of a level that Levels lists: Go alone.
func archOf(Level) *arch { return goArch }
