package dl

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/driver/binding"
	"github.com/stillfield/stillfield/cuda/driver/drivertest"
)

// wantEnv names what Open must say on this machine: "device", or a reason.
// Unset, whatever the machine has is right, as long as it is one of them.
const wantEnv = "STILLFIELD_WANT_DRIVER"

// reason classes what Open returned.
func reason(d driver.Driver, err error) string {
	switch {
	case errors.Is(err, ErrNoLibrary):
		return "no library"
	case errors.Is(err, ErrSymbol):
		return "missing call"
	case errors.Is(err, binding.ErrTooOld):
		return "too old"
	case errors.Is(err, driver.NoDevice):
		return "no device"
	case err != nil:
		return "broken: " + err.Error()
	}
	if n, err := d.Devices(); err != nil || n == 0 {
		return "no device"
	}
	return "device"
}

func TestOpen(t *testing.T) {
	d, err := Open()
	got := reason(d, err)
	t.Logf("%s: %v", got, err)
	if want := os.Getenv(wantEnv); want != "" && got != want {
		t.Errorf("Open() = %v, which is %q, want %q", err, got, want)
	}
	if strings.HasPrefix(got, "broken") {
		t.Errorf("Open() = %v, want a driver or a reason that can be told apart", err)
	}
	if (d == nil) != (err != nil) {
		t.Errorf("Open() = %v, %v", d, err)
	}
	if err != nil && (!strings.HasPrefix(err.Error(), "cuda: ") || strings.Contains(err.Error(), "\n")) {
		t.Errorf("Open() = %v, want one line that starts with its package", err)
	}
	if runtime.GOOS != "linux" && !errors.Is(err, ErrNoLibrary) {
		t.Errorf("Open() = %v on %s, want ErrNoLibrary", err, runtime.GOOS)
	}
}

// withDevice opens the driver or skips the test where there is no device.
func withDevice(t testing.TB) driver.Driver {
	t.Helper()
	d, err := Open()
	if why := reason(d, err); why != "device" {
		t.Skipf("no CUDA device to test: %s: %v", why, err)
	}
	return d
}

func TestConformance(t *testing.T) {
	withDevice(t)
	drivertest.Run(t, func() driver.Driver { return withDevice(t) })
}

func TestLaunchAllocatesNothing(t *testing.T) {
	drivertest.NoAllocs(t, withDevice(t))
}

func BenchmarkLaunch(b *testing.B) { drivertest.BenchmarkLaunch(b, withDevice(b)) }

// faultEnv is the code of the fault that the driver has been told to have.
const faultEnv = "STILLFIELD_WANT_FAULT"

func TestFirstFault(t *testing.T) {
	text := os.Getenv(faultEnv)
	if text == "" {
		t.Skipf("no fault asked for in %s", faultEnv)
	}
	code, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	drivertest.FirstFault(t, withDevice(t), driver.Code(code))
}
