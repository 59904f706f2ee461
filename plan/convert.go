package plan

// A Converter is a program that counts what its steps convert between float32 and bfloat16 outside of the
// steps that make it: operands in float32 that a contraction rounds for itself, weights that are packed, and
// copies of either type for kernels that know one.
type Converter interface {
	// Converted is the bytes that conversions write in a run.
	Converted() int
}
