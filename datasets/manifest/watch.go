package manifest

import (
	"fmt"
	"sync"
	"sync/atomic"
)

// Watch is told of what does not change a fact, and may change how long it takes. Both may be nil,
// are called from any goroutine, one call at a time, and are to be set before the first fact is
// asked for.
var Watch struct {
	// Trouble is told of a manifest that is not whole, and once of a directory of manifests that
	// cannot be written.
	Trouble func(error)
	// Progress is told how many bytes of the files that are being read have been read.
	Progress func(done, total int64)
}

var (
	watching sync.Mutex // while Watch is told
	told     atomic.Bool
)

func trouble(err error) {
	watching.Lock()
	defer watching.Unlock()
	if Watch.Trouble != nil {
		Watch.Trouble(err)
	}
}

// unwritable tells once of what kept a manifest from being written.
func unwritable(err error) {
	if err != nil && told.CompareAndSwap(false, true) {
		trouble(fmt.Errorf("manifest: what was found out about the data cannot be kept, "+
			"and is found out at every start: %w", err))
	}
}

// progress is how far a reading of total bytes has come.
type progress struct{ total, done int64 }

func (p *progress) add(n int64) {
	watching.Lock()
	defer watching.Unlock()
	p.done += n
	if Watch.Progress != nil {
		Watch.Progress(p.done, p.total)
	}
}
