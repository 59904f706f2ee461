//go:build !unix

package cmd

import "time"

// processorTime is the time of the clock where that of the process is not known.
func processorTime() time.Duration { return wallTime() }
