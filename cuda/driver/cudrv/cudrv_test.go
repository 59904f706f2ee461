//go:build gpu && cgo

package cudrv

import (
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/drivertest"
)

func open(t testing.TB) driver.Driver {
	t.Helper()
	d, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	drivertest.Run(t, func() driver.Driver { return open(t) })
}

func TestLaunchAllocatesNothing(t *testing.T) { drivertest.NoAllocs(t, open(t)) }

func BenchmarkLaunch(b *testing.B) { drivertest.BenchmarkLaunch(b, open(b)) }
