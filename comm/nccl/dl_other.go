//go:build !linux || !(amd64 || arm64)

package nccl

import (
	"fmt"
	"runtime"
)

// load fails: NCCL is reached on linux/amd64 and linux/arm64 only.
func load() (Library, error) {
	return nil, fmt.Errorf("%w for %s/%s", ErrNoLibrary, runtime.GOOS, runtime.GOARCH)
}
