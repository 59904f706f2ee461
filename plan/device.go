package plan

import (
	"context"
	"fmt"
)

// Device runs plans. Load binds a plan's steps to kernels and its values to
// memory; what a device cannot run is an error of Load, never of Run. When ctx
// ends, so does Load, with the cause; a program that is loaded has no part in ctx.
type Device interface {
	Name() string
	// Precisions are what Load takes, Float32 first. The caller may keep the slice.
	Precisions() []Precision
	Load(ctx context.Context, p *Plan) (Program, error)
	Close() error
}

// Program is a plan on a device. Its methods are not safe for concurrent use.
// After the first Run, and the first Write and Send of each name, nothing is
// allocated but by Buffer.
type Program interface {
	// Write sets the input or state of that name. It copies src, which may be reused
	// at once, unless src is a Buffer of that input.
	Write(name string, src []float32) error
	// WriteAt sets the elements of the state of that name from first on to src, and
	// leaves the others as the runs so far leave them. It copies src.
	WriteAt(name string, first int, src []float32) error
	// Buffer returns host memory for the input of that name, of its size and all 0.
	// A Write of the whole of it may be under way when it returns: the memory is then
	// lent, and must be left alone until the next Write of that name, of whatever
	// memory, has returned. So two buffers, written in turn, are enough to fill one
	// while the other is on its way. Each call makes another, which is the program's
	// and gone when it is closed; a device that has page-locked memory takes that, so
	// there should be few.
	Buffer(name string) ([]float32, error)
	// Read waits for the runs so far and copies the input, state or output of
	// that name.
	Read(name string, dst []float32) error
	// Send starts a copy to the host of the input, state or output of that name,
	// as the writes and runs so far leave it, and returns at once. What comes later
	// neither changes what is copied nor waits for the host to have it. A name has
	// one copy on its way: to send it again before Receive is an error.
	Send(name string) error
	// Receive waits for the copy that Send started, and for no run after it, and
	// hands it over. A name that was not sent is an error; so is a dst of another
	// length, after which the copy is still there.
	Receive(name string, dst []float32) error
	// Copy waits for the runs of both programs and sets the state of that name to
	// what src, another program of the same device, calls from: an input, state or
	// output of as many elements. None of them passes through the host.
	Copy(name string, src Program, from string) error
	// Run starts one run; it may return before the run has finished.
	Run() error
	// Check runs the plan once more, one step at a time, without its effects,
	// and returns the first value that is not finite, or nil. Sums over processes are
	// left out: see FirstNonFinite.
	Check() (*NonFinite, error)
	Close() error
}

// Within is an error if a value of size elements has not n of them from first on: what
// each device says of a WriteAt.
func Within(size, first, n int) error {
	if first < 0 || first > size || n > size-first {
		return fmt.Errorf("got %d elements from %d on, want them within %d", n, first, size)
	}
	return nil
}

// NonFinite is where a run first left the finite numbers.
type NonFinite struct {
	Step  int     // index into Plan.Steps, or −1 for an input or state
	Value string  // name of the value
	Index int     // first bad element
	Got   float32 // NaN or ±Inf
}

func (n *NonFinite) Error() string {
	return fmt.Sprintf("%s[%d] is %v", n.Value, n.Index, n.Got)
}
