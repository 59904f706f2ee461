//go:build !(gpu && cgo)

package cuda

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/dl"
)

// openDriver finds the driver at run time, so that one binary serves machines
// with and without a GPU. The build tag gpu links it instead.
func openDriver() (driver.Driver, error) { return dl.Open() }
