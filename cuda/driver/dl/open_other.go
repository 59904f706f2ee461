//go:build !linux || !(amd64 || arm64)

package dl

import (
	"fmt"
	"runtime"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Open fails: the driver is reached on linux/amd64 and linux/arm64 only.
func Open() (driver.Driver, error) {
	return nil, fmt.Errorf("cuda: Open: %w on %s/%s", ErrNoLibrary, runtime.GOOS, runtime.GOARCH)
}
