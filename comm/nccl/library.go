package nccl

// Code is NCCL's ncclResult_t; 0 is success.
type Code int32

// The codes that this package tells apart, or the stand-in returns.
const (
	InvalidArgument Code = 4
	InvalidUsage    Code = 5
	RemoteError     Code = 6
	InProgress      Code = 7
)

// ID is what the ranks of a communicator find each other by.
type ID [128]byte

// Type is NCCL's ncclDataType_t, Op its ncclRedOp_t.
type (
	Type int32
	Op   int32
)

// Comm is a communicator, Stream a stream of CUDA's.
type (
	Comm   uintptr
	Stream uintptr
)

// Library is what is called of NCCL. Each method is the C function of its name; pointers are
// addresses of device memory. It is called by one goroutine at a time, on a thread whose
// context is the device's.
type Library interface {
	GetVersion() (int, Code)
	GetErrorString(c Code) string
	GetUniqueId() (ID, Code)
	// CommInitRank returns when every rank has called it.
	CommInitRank(ranks int, id ID, rank int) (Comm, Code)
	CommGetAsyncError(c Comm) (found, result Code)
	CommAbort(c Comm) Code
	CommDestroy(c Comm) Code
	GroupStart() Code
	GroupEnd() Code
	AllReduce(src, dst uintptr, n int, t Type, op Op, c Comm, s Stream) Code
	Broadcast(src, dst uintptr, n int, t Type, root int, c Comm, s Stream) Code
	AllGather(src, dst uintptr, n int, t Type, c Comm, s Stream) Code
	Send(src uintptr, n int, t Type, peer int, c Comm, s Stream) Code
	Recv(dst uintptr, n int, t Type, peer int, c Comm, s Stream) Code
}

// Device is the GPU of a rank, with the stream that collectives run on.
type Device interface {
	// Current makes the device's context that of the calling thread.
	Current() error
	Stream() Stream
	// Word is 8 bytes of device memory that nothing else uses.
	Word() uintptr
	// Mark returns what says whether the stream has come to where it is now.
	Mark() (reached func() (bool, error), err error)
}
