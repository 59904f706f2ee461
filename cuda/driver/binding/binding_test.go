package binding

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/cuda/driver"
)

// script is a driver that does as it is told: calls it has no method for are
// not expected and panic, the rest are written down and fail if they are in fail.
type script struct {
	Calls
	version int
	log     string
	fail    map[string]driver.Code
	calls   []string
	next    uint64
	host    []*[8192]byte // what AllocHost gave out
}

func (s *script) did(call string) driver.Code {
	s.calls = append(s.calls, call)
	return s.fail[call]
}

func (s *script) handle(call string) (uint64, driver.Code) {
	s.next++
	return s.next, s.did(call)
}

func (s *script) ErrorText(r driver.Code) string {
	return map[driver.Code]string{2: "out of memory", 218: "a PTX JIT compilation failed"}[r]
}
func (s *script) Version() (int, driver.Code)             { return s.version, s.fail["Version"] }
func (s *script) Count() (int, driver.Code)               { return 2, s.fail["Count"] }
func (s *script) Device(k int) (int32, driver.Code)       { return int32(k), 0 }
func (s *script) Retain(dev int32) (uintptr, driver.Code) { return 7, s.did("Retain") }
func (s *script) Release(dev int32) driver.Code           { return s.did("Release") }
func (s *script) SetCurrent(ctx uintptr) driver.Code      { return s.fail["SetCurrent"] }

func (s *script) Alloc(n uint64) (driver.Ptr, driver.Code) {
	h, r := s.handle("Alloc")
	return driver.Ptr(h), r
}
func (s *script) Free(p driver.Ptr) driver.Code { return s.did(fmt.Sprintf("Free %d", p)) }
func (s *script) AllocHost(n int) (unsafe.Pointer, driver.Code) {
	s.host = append(s.host, new([8192]byte))
	return unsafe.Pointer(s.host[len(s.host)-1]), s.did("AllocHost")
}
func (s *script) FreeHost(unsafe.Pointer) driver.Code { return s.did("FreeHost") }
func (s *script) Load([]byte) (driver.Module, string, driver.Code) {
	h, r := s.handle("Load")
	return driver.Module(h), s.log, r
}
func (s *script) Unload(m driver.Module) driver.Code { return s.did(fmt.Sprintf("Unload %d", m)) }
func (s *script) NewStream() (driver.Stream, driver.Code) {
	h, r := s.handle("NewStream")
	return driver.Stream(h), r
}
func (s *script) FreeStream(h driver.Stream) driver.Code {
	return s.did(fmt.Sprintf("FreeStream %d", h))
}
func (s *script) Synchronize(h driver.Stream) driver.Code {
	return s.did(fmt.Sprintf("Synchronize %d", h))
}
func (s *script) EndCapture(driver.Stream) (driver.Graph, driver.Code) {
	h, r := s.handle("EndCapture")
	return driver.Graph(h), r
}
func (s *script) FreeGraph(g driver.Graph) driver.Code { return s.did(fmt.Sprintf("FreeGraph %d", g)) }
func (s *script) Instantiate(driver.Graph) (driver.GraphExec, driver.Code) {
	h, r := s.handle("Instantiate")
	return driver.GraphExec(h), r
}
func (s *script) FreeExec(x driver.GraphExec) driver.Code {
	return s.did(fmt.Sprintf("FreeExec %d", x))
}

// opened returns a context on s whose calls are written down from now on.
func opened(t *testing.T, s *script) driver.Context {
	t.Helper()
	s.version = MinVersion
	d, err := New("script", s)
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.Open(1)
	if err != nil {
		t.Fatal(err)
	}
	s.calls = nil
	return c
}

func TestNew(t *testing.T) {
	for _, tt := range []struct {
		version int
		fail    driver.Code
		want    string
	}{
		{MinVersion, 0, ""},
		{13000, 0, ""},
		{10020, 0, "cuda: Open: driver too old: it supports CUDA 10.2, want 11.0 or newer"},
		{0, 999, "cuda: Version: unknown error (CUDA error 999)"},
	} {
		d, err := New("script", &script{version: tt.version,
			fail: map[string]driver.Code{"Version": tt.fail}})
		if got := fmt.Sprint(err); err != nil && got != tt.want || err == nil && tt.want != "" {
			t.Errorf("version %d: %v, want %q", tt.version, err, tt.want)
		}
		if (d == nil) != (err != nil) {
			t.Errorf("version %d: New() = %v, %v", tt.version, d, err)
		}
		if errors.Is(err, ErrTooOld) != strings.Contains(tt.want, "too old") {
			t.Errorf("version %d: %v is ErrTooOld: %v", tt.version, err, errors.Is(err, ErrTooOld))
		}
	}
}

func TestOpenFails(t *testing.T) {
	for _, tt := range []struct {
		call, want string
		released   bool
	}{
		{"Count", "cuda: Devices: out of memory (CUDA error 2)", false},
		{"Retain", "cuda: Open(1): out of memory (CUDA error 2)", false},
		{"SetCurrent", "cuda: Open: make the context current: out of memory (CUDA error 2)", true},
		{"AllocHost", "cuda: Open: 8192 bytes of host memory for parameters: out of memory (CUDA error 2)",
			true},
	} {
		s := &script{version: MinVersion, fail: map[string]driver.Code{tt.call: driver.OutOfMemory}}
		c, err := (&Driver{"script", s}).Open(1)
		if err == nil || err.Error() != tt.want || !errors.Is(err, driver.OutOfMemory) || c != nil {
			t.Errorf("%s fails: Open() = %v, %v, want %q", tt.call, c, err, tt.want)
		}
		released := len(s.calls) > 0 && s.calls[len(s.calls)-1] == "Release"
		if released != tt.released {
			t.Errorf("%s fails: calls %q, released %v, want %v", tt.call, s.calls, released, tt.released)
		}
	}
	_, err := (&Driver{"script", &script{}}).Open(2)
	if got := fmt.Sprint(err); got != "cuda: Open(2): there are 2 devices (CUDA error 101)" {
		t.Errorf("Open(2) of two devices: %v", err)
	}
}

// Close frees users before what they use, in the order of their handles, and
// goes on where one cannot be freed.
func TestClose(t *testing.T) {
	s := &script{fail: map[string]driver.Code{"FreeStream 3": 719, "Free 2": 719}}
	c := opened(t, s)
	for h, make := range []func() error{
		func() error { _, err := c.Alloc(1); return err },
		func() error { _, err := c.Alloc(1); return err },
		func() error { _, err := c.NewStream(); return err },
		func() error { _, err := c.Load([]byte("x")); return err },
	} {
		if err := make(); err != nil || s.next != uint64(h+1) {
			t.Fatalf("handle %d: %v", s.next, err)
		}
	}
	s.calls = nil
	err := c.Close()
	wantCalls := []string{"Synchronize 0", "Synchronize 3", "FreeStream 3", "Unload 4", "Free 1", "Free 2",
		"FreeHost", "Release"}
	if diff := cmp.Diff(wantCalls, s.calls); diff != "" {
		t.Errorf("Close calls (−want +got):\n%s", diff)
	}
	const wantErr = "cuda: Close: free stream 0x3: unknown error (CUDA error 719), and 1 calls more"
	if fmt.Sprint(err) != wantErr {
		t.Errorf("Close() = %v, want %s", err, wantErr)
	}
}

// A graph that cannot be made ready is freed all the same.
func TestInstantiateFails(t *testing.T) {
	s := &script{fail: map[string]driver.Code{"Instantiate": driver.OutOfMemory}}
	c := opened(t, s)
	g, err := c.EndCapture(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Instantiate(g); !errors.Is(err, driver.OutOfMemory) {
		t.Errorf("Instantiate() = %v, want out of memory", err)
	}
	if diff := cmp.Diff([]string{"EndCapture", "Instantiate", "FreeGraph 1"}, s.calls); diff != "" {
		t.Errorf("calls (−want +got):\n%s", diff)
	}
	if _, err := c.Instantiate(g); !errors.Is(err, driver.InvalidHandle) {
		t.Errorf("Instantiate() of the graph again = %v, want an invalid handle", err)
	}
}

func TestLoadFails(t *testing.T) {
	for _, tt := range []struct{ log, want string }{
		{"", "cuda: Load 5 bytes: a PTX JIT compilation failed (CUDA error 218)"},
		{"line 1; error: a\n",
			"cuda: Load 5 bytes: a PTX JIT compilation failed: line 1; error: a (CUDA error 218)"},
		{"a\n\n b\r\nc\nd\ne\nf\n",
			"cuda: Load 5 bytes: a PTX JIT compilation failed: a; b; c; d; and 2 lines more (CUDA error " +
				"218)"},
	} {
		c := opened(t, &script{log: tt.log, fail: map[string]driver.Code{"Load": driver.InvalidPTX}})
		if _, err := c.Load([]byte("bogus")); fmt.Sprint(err) != tt.want {
			t.Errorf("log %q: %v, want %s", tt.log, err, tt.want)
		}
	}
}

// A context that cannot be made current says so, call by call, and is still
// released by Close.
func TestLostContext(t *testing.T) {
	s := &script{fail: map[string]driver.Code{}}
	c := opened(t, s)
	s.fail["SetCurrent"] = driver.DeviceLost
	if _, err := c.Alloc(1); !errors.Is(err, driver.DeviceLost) {
		t.Errorf("Alloc() = %v, want the device to be lost", err)
	}
	if err := c.Close(); !errors.Is(err, driver.DeviceLost) {
		t.Errorf("Close() = %v, want the device to be lost", err)
	}
	if diff := cmp.Diff([]string{"Release"}, s.calls); diff != "" {
		t.Errorf("calls (−want +got):\n%s", diff)
	}
}

// Host memory is known by where it lies: all of it, part of it, not beyond it.
func TestPinned(t *testing.T) {
	s := new(script)
	c := opened(t, s)
	b, err := c.AllocHost(100)
	if err != nil {
		t.Fatal(err)
	}
	whole := s.host[len(s.host)-1][:]
	for _, tt := range []struct {
		from, to int
		want     bool
	}{{0, 100, true}, {0, 1, true}, {99, 100, true}, {50, 50, true}, {0, 101, false}, {99, 101, false},
		{100, 101, false}, {200, 300, false}} {
		if got := c.(*Context).live.pinned(whole[tt.from:tt.to]); got != tt.want {
			t.Errorf("bytes %d to %d of %d pinned: %v, want %v", tt.from, tt.to, len(b), got, tt.want)
		}
	}
	if err := c.FreeHost(b); err != nil {
		t.Fatal(err)
	}
	if c.(*Context).live.pinned(whole[:1]) {
		t.Error("freed memory counts as pinned")
	}
}
