package wholerun

import (
	"testing"

	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/experiment"
)

// Every average of the weights on the emulator follows the CPU's, in every precision: so
// do the weights, and no average is the weights or another average.
func TestAveragesAgree(t *testing.T) {
	set := []string{"average.half_life=[100, 30]", "average.ramp=10", "average.std=[0.05, 0.2]",
		"average.snapshot=0"}
	_, ck := trained(t, t.TempDir(), parse(t, mlp, set...), onCPU(t))
	for _, r := range roundings {
		_, got := trained(t, t.TempDir(), parse(t, mlp, append(set, "precision="+r.precision)...),
			onEmu(t, emu.Options{}))
		seen := map[float32]string{}
		for i, want := range ck.Weights.Parts() {
			if want.State == experiment.StateM || want.State == experiment.StateV {
				continue
			}
			d, size := apart(got.Weights.Parts()[i].Data, want.Data)
			if d = d / size / r.unit; !(d <= r.bound) {
				t.Errorf("%s: %s is %.2g units from the CPU's, want at most %.3g", r.precision, want.State, d,
					r.bound)
			}
			if other, taken := seen[want.Data[0]]; taken {
				t.Errorf("%s and %s are one", want.State, other)
			}
			seen[want.Data[0]] = want.State
		}
	}
}
