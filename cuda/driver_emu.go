package cuda

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// openEmulator returns the driver of an emulated GPU, with every check on.
func openEmulator() driver.Driver { return emu.New(emu.Options{}) }

// openSurvey returns the driver of an emulated GPU that counts what it does not run.
func openSurvey(major, minor, workers int) driver.Driver {
	return emu.New(emu.Options{Survey: true, Workers: workers, Major: major, Minor: minor,
		Memory: surveyMemory})
}
