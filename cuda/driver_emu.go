package cuda

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// openEmulator returns the driver of an emulated GPU, with every check on.
func openEmulator() driver.Driver { return emu.New(emu.Options{}) }
