package cmd

import (
	"strings"
	"testing"
)

// What XL/2 at batch 256 takes with its blocks computed again fits in 80 GB, and not without;
// nothing is said of a CPU. The states are the weights, two moments and an average of
// 4 bytes each.
func TestInspectRoom(t *testing.T) {
	for _, tt := range []struct{ set, device, want string }{
		{"model.recompute=true", "cuda", "it fits h200 (141 GB), h100 (80 GB), a100 (80 GB), and not 4090"},
		{"model.recompute=false", "cuda", "it fits none, and not h200 (141 GB), h100 (80 GB)"},
		{"model.recompute=true", "cpu", ""},
	} {
		o := program(t, "inspect", "--plan", "eqm-xl2", "--device", tt.device, "--set", tt.set)
		if o.status != 0 {
			t.Fatal(o.stderr)
		}
		lines, _, _ := strings.Cut(o.stdout, "float32, ")
		switch {
		case tt.want != "":
			wants(t, tt.set, lines, ": 10.8 GB of states, ", tt.want)
		case lines != "":
			t.Errorf("%+v: %s", tt, lines)
		}
	}
}
