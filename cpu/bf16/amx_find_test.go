//go:build linux && amd64

package bf16

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stillfield/stillfield/internal/amxemu/trace"
)

// machines are processors and systems, by how they differ from one with AMX that grants its use: the forms
// there, of those that this machine has, and why AMX is not among them.
var machines = []struct {
	name        string
	options     trace.Options
	lost        []Form // what is not there
	why         string // part of the reason; "" where there is none to give
	environment string
}{
	{name: "AMX"},
	{"a sandbox", trace.Options{Refuse: syscall.EPERM}, []Form{AMX}, "operation not permitted", ""},
	{"a small signal stack", trace.Options{Refuse: syscall.ENOSPC}, []Form{AMX}, "no space left", ""},
	{"Linux 5.15", trace.Options{Refuse: syscall.EINVAL}, []Form{AMX}, "invalid argument", ""},
	{"a permission that is not there", trace.Options{Withhold: true}, []Form{AMX}, "does not permit it", ""},
	{"a hypervisor that saves no tiles", trace.Options{HideState: tileState}, []Form{AMX}, "of tiles", ""},
	{"one that saves their shapes", trace.Options{HideState: 1 << 18}, []Form{AMX}, "of tiles", ""},
	{"one that hides what describes tiles", cpuid1(0, 0, trace.EAX, ^uint32(0), 0x10), []Form{AMX},
		"leaves up to 0x10", ""},
	{"smaller tiles", cpuid1(0x1d, 1, trace.ECX, ^uint32(0), 8), []Form{AMX}, "8 tiles of 8 rows", ""},
	{"a hypervisor that hides AMX-BF16", cpuid1(7, 0, trace.EDX, 1<<22, 0), []Form{AMX}, "", ""},
	{"one that hides AMX-TILE", cpuid1(7, 0, trace.EDX, 1<<24, 0), []Form{AMX}, "", ""},
	{"one that hides AVX512-BF16", cpuid1(7, 1, trace.EAX, 1<<5, 0), []Form{Dot}, "", ""},
	{"one that hides AVX-512", cpuid1(7, 0, trace.EBX, 1<<16, 0), []Form{AVX512, Dot}, "", ""},
	{"a system without XSAVE", cpuid1(1, 0, trace.ECX, 1<<27, 0), []Form{AVX2, AVX512, Dot, AMX},
		"no extended state", ""},
	{"Intel", trace.Options{CPUID: trace.Vendor("GenuineIntel")}, []Form{Dot}, "", ""},
	{"Intel whose AMX is refused", trace.Options{CPUID: trace.Vendor("GenuineIntel"), Refuse: syscall.EPERM},
		[]Form{Dot, AMX}, "operation not permitted", ""},
	{"GODEBUG", trace.Options{}, []Form{AMX}, "", "GODEBUG=cpu.amxbf16=off"},
}

// cpuid1 is a machine whose CPUID differs in one register.
func cpuid1(leaf, sub uint32, r trace.Register, clear, set uint32) trace.Options {
	return trace.Options{CPUID: []trace.Edit{{Leaf: leaf, Sub: sub, Register: r, Clear: clear, Set: set}}}
}

// TestFound is the process of TestMachines that runs on one of them, and says what it finds. What is not
// among its forms cannot be chosen by Best.
func TestFound(t *testing.T) {
	fs := Forms()
	fmt.Printf("forms %v, best %v, refused: %v.\n", fs, Best(), AMXRefused())
	if fs[0] != Go || Best() != fs[len(fs)-1] {
		t.Errorf("forms %v, best %v", fs, Best())
	}
}

// TestMachines: on each machine the forms that it has, and no others.
func TestMachines(t *testing.T) {
	here := []Form{Go}
	for _, f := range Forms() {
		if f != Go && f != AMX {
			here = append(here, f)
		}
	}
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			r := trace.Rerun(t, m.options, "^TestFound$", m.environment)
			var want []Form
			for _, f := range append(here[:len(here):len(here)], AMX) {
				if !slices.Contains(m.lost, f) {
					want = append(want, f)
				}
			}
			line := fmt.Sprintf("forms %v, best %v, refused: ", want, want[len(want)-1])
			if m.why == "" {
				line += "<nil>."
			}
			if r.Err != nil || !strings.Contains(r.Output, line) || !strings.Contains(r.Output, m.why) {
				t.Errorf("got %v, want %q and %q in\n%s", r.Err, line, m.why, r.Output)
			}
		})
	}
}
