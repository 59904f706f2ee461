package cmd

import (
	"encoding/json"
	"os"
	"testing"
)

// bench --loader makes batches of the data and says how fast, without a device; no step is there
// to be traced.
func TestBenchLoader(t *testing.T) {
	inTemp(t)
	args := []string{"bench", "--loader", "--data", "digits:skip_bad=true", "--batch", "7", "--runs", "3",
		"--device", "cuda:99"}
	o := program(t, append(args, "--figures", "f.json")...)
	if o.status != 0 {
		t.Fatalf("status %d: %s", o.status, o.stderr)
	}
	wants(t, "what is printed", o.stdout, "digits, 1797 samples of 8×8×1, opened in ",
		"\n3 batches of 7, decoders 1: ", " images/s; the first ")
	text, err := os.ReadFile("f.json")
	if err != nil {
		t.Fatal(err)
	}
	var l loaded
	if err := json.Unmarshal(text, &l); err != nil {
		t.Fatal(err)
	}
	if !(l.Rate > 0 && l.Median > 0 && l.First > 0 && l.Opened > 0) {
		t.Errorf("got %+v, want times and a rate", l)
	}
	l.Rate, l.Median, l.First, l.Opened = 0, 0, 0, 0
	want := loaded{Data: "digits", Shape: "8×8×1", Count: 1797, Batch: 7, Batches: 3, Decoders: 1}
	if l != want {
		t.Errorf("got %+v, want %+v", l, want)
	}
	fails(t, append(args, "--trace", "t.json"),
		"bench: --loader and --trace: got both, want one of them: no step is run")
}
