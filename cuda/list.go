package cuda

import (
	"errors"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/dl"
)

// Found is a GPU of this machine.
type Found struct {
	driver.Properties
	Free uint64 // bytes of memory
	Err  error  // why it cannot be used; nil if it can
}

// List describes the GPUs of this machine and opens each to see whether it can
// be used: one may be too old, out of memory, or reserved to another process. Where there
// are none, the error says exactly why: no driver, one too old, or no device.
func List() ([]Found, error) {
	d, err := openDriver()
	if err != nil {
		return nil, err
	}
	return list(d)
}

// list is List with the driver given.
func list(d driver.Driver) ([]Found, error) {
	n, err := count(d)
	if err != nil {
		return nil, err
	}
	found := make([]Found, n)
	for k := range found {
		f := &found[k]
		if f.Properties, f.Err = d.Properties(k); f.Err != nil {
			f.Name = "unknown"
			continue
		}
		dev, err := New(d, k)
		if err != nil {
			f.Err = err
			continue
		}
		f.Free, _, err = dev.Memory()
		f.Err = firstError(err, dev.Close())
	}
	return found, nil
}

// count is how many devices d has, at least one.
func count(d driver.Driver) (int, error) {
	n, err := d.Devices()
	if err == nil && n == 0 {
		err = &driver.Error{Call: "Devices", Code: driver.NoDevice,
			Reason: "the driver is there and has no device"}
	}
	return n, err
}

// Absent reports whether err, of Open or List, says that there is no GPU, and
// not that there is one which cannot be used.
func Absent(err error) bool {
	return errors.Is(err, dl.ErrNoLibrary) || errors.Is(err, driver.NoDevice)
}
