package driver

// An emulator can be told, and can tell, what no GPU's driver takes or gives. A Context of one implements the
// interfaces of this file; whoever uses them asks with a type assertion and does without where there is none.

// A Confiner holds launches to the memory that they are meant to touch.
type Confiner interface {
	// Confine says of the next launch, device copy or fill, a captured one too, that it reads nothing but
	// reads and writes, and writes nothing but writes; any other access to memory of Alloc is a finding.
	// When it starts, fresh counts as never written: results to be made, scratch memory, tensors whose life
	// is over.
	Confine(reads, writes, fresh []Span) error
}

// A Span is memory that a launch may touch: Bytes at Ptr and, where Rows is more than one, as many in each
// of Rows rows that begin Pitch bytes apart.
type Span struct {
	Ptr   Ptr
	Bytes uint64
	Rows  int
	Pitch uint64
	Name  string // for findings
}

// Overlaps says whether the bytes from the first to the last of s and of t have any in common.
func (s Span) Overlaps(t Span) bool { return s.Ptr < t.end() && t.Ptr < s.end() }

// end is the address behind the last byte of s.
func (s Span) end() Ptr { return s.Ptr + Ptr(uint64(max(s.Rows, 1)-1)*s.Pitch+s.Bytes) }

// A Counter counts what kernels do.
type Counter interface {
	// Counts returns the counts of every kernel that has run since ResetCounts, by name. Work still pending
	// on a stream has not run.
	Counts() []Counts
	// ResetCounts forgets all counts.
	ResetCounts()
}

// Counts say what the launches of one kernel did. They do not depend on the order of the schedule, unless the
// kernel's work does.
type Counts struct {
	Kernel      string
	Launches    uint64
	Grid, Block [3]uint32 // of the last launch
	Shared      uint32    // dynamic bytes of the last launch

	WarpInstructions   uint64
	ThreadInstructions uint64 // lanes whose guard held

	BytesRead, BytesWritten   uint64 // of device memory, as asked for by the lanes
	Loads, Stores             uint64 // warp accesses
	LoadSectors, StoreSectors uint64 // 32-byte sectors these touch
	Atomics                   uint64 // lanes

	SharedAccesses uint64 // warp accesses
	SharedPasses   uint64 // of 128 bytes at most: one for each half or quarter of a warp, and the conflicts
	BankConflicts  uint64 // passes beyond the first, of each half or quarter

	FP32        uint64 // operations; a fused multiply-add is two
	TensorFLOPs uint64 // of mma; a multiply-add is two
}

// Add adds the counts of o to those of c, and takes over its grid, block and shared memory.
func (c *Counts) Add(o *Counts) { c.AddTimes(o, 1) }

// AddTimes is Add of n like o.
func (c *Counts) AddTimes(o *Counts, n uint64) {
	c.Launches += n * o.Launches
	c.Grid, c.Block, c.Shared = o.Grid, o.Block, o.Shared
	c.WarpInstructions += n * o.WarpInstructions
	c.ThreadInstructions += n * o.ThreadInstructions
	c.BytesRead += n * o.BytesRead
	c.BytesWritten += n * o.BytesWritten
	c.Loads += n * o.Loads
	c.Stores += n * o.Stores
	c.LoadSectors += n * o.LoadSectors
	c.StoreSectors += n * o.StoreSectors
	c.Atomics += n * o.Atomics
	c.SharedAccesses += n * o.SharedAccesses
	c.SharedPasses += n * o.SharedPasses
	c.BankConflicts += n * o.BankConflicts
	c.FP32 += n * o.FP32
	c.TensorFLOPs += n * o.TensorFLOPs
}
