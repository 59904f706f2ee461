// Package signals hears the signals that ask the process to end before anything else
// of the program is there. Until somebody listens, Go's runtime drops some of them and
// ends the process for others, and the packages that a command needs take
// milliseconds to initialise. This one imports little more than os/signal, so that it
// is initialised right after that, within the first millisecond.
package signals

import (
	"os"
	"os/signal"
	"sync"
)

// early has listened since the package was initialised; nil when it has been handed
// out.
var (
	mu    sync.Mutex
	early = listen()
)

// Listen returns a channel of the signals of [Endings] as they come. That of the first
// call has those since the process began. A signal that the process was started to
// ignore, as nohup starts it for SIGHUP, does not come. signal.Stop ends it.
func Listen() chan os.Signal {
	mu.Lock()
	defer mu.Unlock()
	if c := early; c != nil {
		early = nil
		return c
	}
	return listen()
}

// listen makes a channel with room for each signal twice.
func listen() chan os.Signal {
	c := make(chan os.Signal, 2*len(Endings))
	for _, s := range Endings {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c
}
