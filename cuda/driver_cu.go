//go:build gpu && cgo

package cuda

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/cudrv"
)

// openDriver returns the driver the program is linked with, through
// gorgonia.org/cu. Without one, or without a GPU, the program does not start.
func openDriver() (driver.Driver, error) { return cudrv.Open() }
