package comm

// Transport carries the collectives of one rank. Start and Close are called by one goroutine
// at a time, the others by any at any time.
type Transport interface {
	// Name says what it is, with the version of the library.
	Name() string
	Rank() int
	Size() int
	// Start begins a call after those started before and returns without waiting for other
	// ranks. It calls done once, with the outcome, from any goroutine, before or after it
	// returns; until then the call's buffers are its own. What it cannot take is an error
	// handed to done.
	Start(call Call, done func(error))
	// Awaited says that somebody has begun to wait for a collective (1) or has ceased to (−1):
	// while nobody does, the program computes, and the core is better left to it.
	Awaited(change int)
	// Abort ends every process of the group, this one too, with an exit status. It returns
	// only where the transport cannot do so.
	Abort(status int)
	// Close leaves the group when nothing is under way. It may wait for other ranks.
	Close() error
}
