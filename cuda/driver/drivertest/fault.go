package drivertest

import (
	"errors"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// FirstFault works — allocates, launches, synchronises, over and over — until a
// call fails, and requires it to fail with code want. It is for drivers that
// were told to fail.
func FirstFault(t *testing.T, d driver.Driver, want driver.Code) {
	const rounds, n = 64, 1 << 10
	err := func() error {
		c, err := d.Open(0)
		if err != nil {
			return err
		}
		m, err := c.Load(kernels)
		if err != nil {
			return err
		}
		f, err := c.Function(m, "place")
		if err != nil {
			return err
		}
		for range rounds {
			p, err := c.Alloc(4 * n)
			if err != nil {
				return err
			}
			err = c.Launch(f, [3]uint32{n / 32, 1, 1}, [3]uint32{32, 1, 1}, 0, 0, []uint64{uint64(p)})
			if err != nil {
				return err
			}
			if err := c.Synchronize(0); err != nil {
				return err
			}
			if err := c.Free(p); err != nil {
				return err
			}
		}
		return nil
	}()
	t.Logf("the first fault: %v", err)
	if !errors.Is(err, want) {
		t.Errorf("the first fault in %d rounds is %v, want code %d", rounds, err, want)
	}
}
