package cmd

import "testing"

// Every run of the program begins by making all commands, --help too, and reads no experiment for that:
// making them takes 2,600 allocations, reading the experiments 88,000.
func TestStartReadsNoExperiment(t *testing.T) {
	if n := testing.AllocsPerRun(1, func() { newRoot() }); n > 10000 {
		t.Errorf("%v allocations, want at most 10,000", n)
	}
}
