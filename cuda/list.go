package cuda

import (
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
)

// List describes the GPUs of this machine. Where there are none, the error says
// exactly why: no driver, one too old, or no device.
func List() ([]driver.Properties, error) {
	d, err := openDriver()
	if err != nil {
		return nil, err
	}
	n, err := d.Devices()
	if err != nil {
		return nil, err
	}
	ps := make([]driver.Properties, n)
	for k := range ps {
		if ps[k], err = d.Properties(k); err != nil {
			return nil, fmt.Errorf("device %d: %w", k, err)
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%s: the driver is there and has no device", d.Name())
	}
	return ps, nil
}
