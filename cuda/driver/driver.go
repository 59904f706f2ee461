// Package driver is the seam between the engine and an NVIDIA driver: the few
// calls of the CUDA driver API that a compiled plan needs, as one interface.
//
// There are three forms of it. Package dl opens libcuda.so.1 at run time, so that
// one binary serves machines with and without a GPU. Package cudrv, behind the build
// tag gpu, is linked with the driver through gorgonia.org/cu. Package emu runs the
// PTX on the CPU. The suite in drivertest is what all three must pass.
//
// dl and cudrv are two ways to call the C functions of the driver; what they share,
// from the errors to the current context, is package binding. For tests of all this
// on machines without a GPU, internal/standin answers those C functions with the
// emulator, and internal/fakecuda makes that a library with the name libcuda.so.1
// (scripts/fakecuda.sh).
package driver

// Handles are what the driver hands out. Zero is never a valid one, except for
// Stream, where it is the default stream.
type (
	Ptr       uint64 // an address in device memory
	Module    uint64
	Function  uint64
	Stream    uint64
	Event     uint64
	Graph     uint64 // captured work
	GraphExec uint64 // captured work, ready to replay
)

// Properties describe one device.
type Properties struct {
	Name                string
	Major, Minor        int    // compute capability
	Memory              uint64 // bytes
	Multiprocessors     int
	ClockMHz            int
	MemoryClockMHz      int
	MemoryBusBits       int
	L2Bytes             int
	SharedPerBlockOptin int // bytes of dynamic shared memory a kernel may ask for
}

// FunctionAttribute names a property of a kernel.
type FunctionAttribute int

// The attributes the engine reads or sets; the numbers are the driver's own.
const (
	MaxThreadsPerBlock   FunctionAttribute = 0
	StaticSharedBytes    FunctionAttribute = 1
	LocalBytes           FunctionAttribute = 3
	Registers            FunctionAttribute = 4
	MaxDynamicSharedSize FunctionAttribute = 8
)

// Driver finds devices. Its methods may be called from any goroutine.
type Driver interface {
	// Name is "dl", "cu" or "emu".
	Name() string
	// Version is the CUDA version the driver supports, 1000·major + 10·minor.
	Version() (int, error)
	// Devices returns how many devices there are; none is not an error.
	Devices() (int, error)
	// Properties describes device k.
	Properties(k int) (Properties, error)
	// Open makes a context on device k.
	Open(k int) (Context, error)
}

// Context is one device, opened. Its methods may be called from any goroutine,
// one at a time. Work on a stream runs in order and asynchronously: host memory
// given to an asynchronous copy must be pinned (AllocHost) and left alone until
// the stream has been synchronised. Every error is an *Error or wraps one.
type Context interface {
	// Close waits for the work there is, then releases the device and everything
	// still allocated on it. The emulator returns an error for what was not freed.
	Close() error
	// Memory returns free and total device memory in bytes.
	Memory() (free, total uint64, err error)

	// Alloc returns n > 0 bytes of device memory, aligned to 256, contents undefined.
	Alloc(n uint64) (Ptr, error)
	Free(p Ptr) error
	// AllocHost returns n > 0 bytes of page-locked host memory.
	AllocHost(n int) ([]byte, error)
	FreeHost(b []byte) error

	// CopyToDevice, CopyToHost and CopyOnDevice enqueue a copy on s.
	CopyToDevice(dst Ptr, src []byte, s Stream) error
	CopyToHost(dst []byte, src Ptr, s Stream) error
	CopyOnDevice(dst, src Ptr, n uint64, s Stream) error
	// Fill enqueues the setting of n 32-bit words to v.
	Fill(dst Ptr, v uint32, n uint64, s Stream) error

	// Load compiles PTX text, which is ASCII even in its comments, or loads a cubin.
	Load(image []byte) (Module, error)
	Unload(m Module) error
	Function(m Module, name string) (Function, error)
	FunctionAttribute(f Function, a FunctionAttribute) (int, error)
	SetFunctionAttribute(f Function, a FunctionAttribute, v int) error
	// Launch enqueues f on grid × block threads with shared bytes of dynamic
	// shared memory. Each parameter occupies one word, in its low bytes; args
	// may be reused when Launch returns.
	Launch(f Function, grid, block [3]uint32, shared uint32, s Stream, args []uint64) error

	NewStream() (Stream, error)
	FreeStream(s Stream) error
	Synchronize(s Stream) error
	// Wait makes work enqueued on s from now on wait for e.
	Wait(s Stream, e Event) error

	NewEvent() (Event, error)
	FreeEvent(e Event) error
	Record(e Event, s Stream) error
	SynchronizeEvent(e Event) error
	// Elapsed returns milliseconds between two recorded, completed events.
	Elapsed(start, end Event) (float64, error)

	// BeginCapture turns work enqueued on s (not the default stream) into graph
	// nodes until EndCapture. A stream that waits for an event of the capture joins it,
	// and s must wait for an event of that stream before EndCapture. Synchronize fails
	// meanwhile and invalidates the capture: EndCapture then ends it, with an error.
	BeginCapture(s Stream) error
	EndCapture(s Stream) (Graph, error)
	// Instantiate prepares g for replay and frees g.
	Instantiate(g Graph) (GraphExec, error)
	LaunchGraph(g GraphExec, s Stream) error
	FreeGraph(g GraphExec) error
}
