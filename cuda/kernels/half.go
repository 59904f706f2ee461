package kernels

import (
	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/plan"
)

// Half says which operands and results of an operator are bfloat16 in memory; the others,
// and all that it does not name, are float32. Each has rows of 8·j numbers and is 16-byte aligned.
type Half struct {
	A, B bool // the left and the right operand; of attention qkv and the gradient of y
	C    bool // the result; of NormGrad dx
}

// The bits of a kernel's parameter how (contract.cuh), and of attention's half.
const (
	siluOf = 1
	halfC  = 2

	halfQKV = 1
	halfDY  = 2
	halfY   = 4
)

// bits are the parameter half of attention's kernels.
func (h Half) bits() int { return flag(h.A)*halfQKV + flag(h.B)*halfDY + flag(h.C)*halfY }

// stored is the part of a kernel's name that says how its result lies in memory.
func (l *List) stored() string {
	if l.Half.C {
		return "bf16"
	}
	return "f32"
}

// forms are the parts of a kernel's name that say which operands are bfloat16 in memory.
var forms = map[[2]bool]string{{false, true}: "_copy", {true, false}: "_left", {true, true}: "_both"}

// operands is what a contraction reads for its operands, and the part of its kernel's name
// that says so. The right one, B, has rows of row numbers; if it is float32 and weights,
// its copy in bfloat16 is read instead, where there is one in which every run of aligned
// numbers is aligned. All forms compute the same bits.
func (l *List) operands(B driver.Ptr, weights bool, row, aligned int) (at driver.Ptr, of string) {
	of, h := suffix(l.Precision), l.Half
	if l.Precision != plan.BFloat16 {
		return B, of
	}
	if at = l.copyOf(B); weights && !h.B && at != 0 && row%aligned == 0 && at%driver.Ptr(2*aligned) == 0 {
		B, h.B = at, true
	}
	return B, of + forms[[2]bool{h.A, h.B}]
}
