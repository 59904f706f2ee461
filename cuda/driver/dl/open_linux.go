//go:build amd64 || arm64

package dl

import (
	"fmt"

	"github.com/ebitengine/purego"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/binding"
)

// library is the name the driver has had since it has a version.
const library = "libcuda.so.1"

// Open opens the driver. Its errors tell the reasons apart: ErrNoLibrary with
// what the loader said, ErrSymbol with the missing name, binding.ErrTooOld with
// the version, or a *driver.Error from initialisation, whose Code is
// driver.NoDevice on a machine without a GPU. The library stays open for the
// life of the process.
func Open() (driver.Driver, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("cuda: Open: %w: %v", ErrNoLibrary, err)
	}
	c := new(calls)
	err = c.look(func(name string) (uintptr, error) { return purego.Dlsym(handle, name) })
	if err != nil {
		return nil, err
	}
	if r := c.result(c.init, 0); r != 0 {
		return nil, &driver.Error{Call: "Open", Code: r, Reason: c.ErrorText(r)}
	}
	return binding.New("dl", c)
}
