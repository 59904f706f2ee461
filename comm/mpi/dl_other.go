//go:build !linux || !(amd64 || arm64)

package mpi

import (
	"fmt"
	"runtime"
)

// load fails: MPI is reached on linux/amd64 and linux/arm64 only.
func load([]string) (library, string, error) {
	return nil, "", fmt.Errorf("%w for %s/%s", ErrNoLibrary, runtime.GOOS, runtime.GOARCH)
}
