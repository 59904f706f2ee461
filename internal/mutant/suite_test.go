package mutant

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/plantest"
)

// Environment of a process that runs the suite of devices on one broken module.
const (
	envModule    = "STILLFIELD_MUTANT_MODULE"
	envPTX       = "STILLFIELD_MUTANT_PTX" // a file
	envPrecision = "STILLFIELD_MUTANT_PRECISION"
)

// TestMain runs the tests, or, in a process that a test started, the suite: it
// fails by design, so it may not share a process with what watches it.
func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(envModule) == "" {
		os.Exit(m.Run())
	}
	testing.Main(regexp.MatchString, []testing.InternalTest{{Name: "Suite", F: suite}}, nil, nil)
}

func suite(t *testing.T) {
	ptx, err := os.ReadFile(os.Getenv(envPTX))
	if err != nil {
		t.Fatal(err)
	}
	module := os.Getenv(envModule)
	shipped, err := kernels.PTX(module)
	if err != nil {
		t.Fatal(err)
	}
	var precision plan.Precision
	for _, p := range []plan.Precision{plan.Float32, plan.TF32, plan.BFloat16} {
		if p.String() == os.Getenv(envPrecision) {
			precision = p
		}
	}
	o := emu.Options{MaxInstructions: 1 << 24}
	open := func(t *testing.T) plan.Device {
		d, err := cuda.New(&substitute{emu.New(o), shipped, ptx}, 0)
		if err != nil {
			t.Fatal(err)
		}
		d.LimitBlocks(2) // so that small sizes have later turns
		return d
	}
	plantest.Run(t, open, plantest.Options{Small: true, Precision: precision})
}

// substitute is a driver that loads one module in the place of another.
type substitute struct {
	driver.Driver
	from, to []byte
}

func (s *substitute) Open(k int) (driver.Context, error) {
	ctx, err := s.Driver.Open(k)
	if err != nil {
		return nil, err
	}
	return &substituteContext{ctx.(*emu.Context), s}, nil
}

// substituteContext keeps what the emulator has beyond a driver, such as Confine.
type substituteContext struct {
	*emu.Context
	s *substitute
}

func (c *substituteContext) Load(image []byte) (driver.Module, error) {
	if bytes.Equal(image, c.s.from) {
		image = c.s.to
	}
	return c.Context.Load(image)
}

// wrongValue is a mutant that no check of the sanitizer sees, only its result.
const wrongValue = "wrong value"

var (
	finding = regexp.MustCompile(`emu: ([a-z. ]+): `)
	value   = regexp.MustCompile(`_?[a-z]\.go:\d+: .*(want|other bits|weights changed)`)
	broken  = regexp.MustCompile(`Load:|build failed|panic:`) // no mutant, but a mistake in the edit
)

// judge says how a run of tests failed: by which kind of finding, or by a value,
// and in which test.
func judge(output string) (by, test string) {
	if m := regexp.MustCompile(`--- FAIL: \S*/(\S+)`).FindAllStringSubmatch(output, -1); m != nil {
		test = m[len(m)-1][1] // the innermost is the last of a nest
	}
	if m := finding.FindStringSubmatch(output); m != nil {
		return m[1], test
	}
	if value.MatchString(output) && !broken.MatchString(output) {
		return wrongValue, test
	}
	return "", test
}

// runSuite puts a module's PTX to the cases of the suite that run names and
// returns what it printed; passed reports whether all of it held.
func runSuite(t *testing.T, module, ptx, precision, run string) (output string, passed bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), module+".ptx")
	if err := os.WriteFile(file, []byte(ptx), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, os.Args[0], "-test.run=^Suite$/"+run, "-test.failfast")
	c.Env = append(os.Environ(), envModule+"="+module, envPTX+"="+file, envPrecision+"="+precision)
	b, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), err == nil
}

// report is a line of the table.
func report(family, name, by, test string) string {
	return fmt.Sprintf("%-12s %-52s %-32s %s", family, name, by, test)
}
