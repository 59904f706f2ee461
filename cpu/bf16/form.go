package bf16

import "fmt"

// A Form is a way to multiply bfloat16.
type Form int

// The forms, by the instructions that they take. Auto is the one that Best names.
const (
	Auto   Form = iota
	Go          // the definition in Go
	AVX2        // the definition with AVX2 and FMA, in float32
	AVX512      // the definition with AVX-512, in float32
	Dot         // AVX512-BF16: VDPBF16PS
	AMX         // AMX-BF16: TDPBF16PS
)

// formNames are the names of the forms, by number.
var formNames = [...]string{"auto", "go", "avx2", "avx512", "avx512-bf16", "amx"}

// String is the name of the form: auto, go, avx2, avx512, avx512-bf16 or amx.
func (f Form) String() string {
	if f < 0 || int(f) >= len(formNames) {
		return fmt.Sprintf("Form(%d)", int(f))
	}
	return formNames[f]
}

// A Class is an order of adding. Forms of one class give the same bits.
type Class string

// The classes; the package's comment defines them.
const (
	EvenOdd  Class = "even-odd"
	Pairwise Class = "pairwise"
)

// Class is the order in which the form adds. Auto is no form yet, and of no class.
func (f Form) Class() Class {
	switch f {
	case Auto:
		return ""
	case Dot:
		return Pairwise
	}
	return EvenOdd
}

// Best is the form to use on this machine: the last of Forms.
func Best() Form {
	all := Forms()
	return all[len(all)-1]
}
