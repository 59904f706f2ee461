package safetensors

// DType is the element type of a tensor, by the name the format gives it.
type DType string

// The element types [File.Float32] converts. Others can be listed and read raw.
const (
	F32  DType = "F32"
	F64  DType = "F64"
	F16  DType = "F16"  // IEEE 754 binary16
	BF16 DType = "BF16" // the upper half of a float32
	I64  DType = "I64"
	I32  DType = "I32"
	I16  DType = "I16"
	I8   DType = "I8"
	U8   DType = "U8"
	U16  DType = "U16"
	U32  DType = "U32"
	U64  DType = "U64"
	Bool DType = "BOOL" // one byte, 0 or 1
)

// bits is the size of one element, 0 for a name the format does not define.
func (d DType) bits() int {
	switch d {
	case F64, I64, U64, "C64":
		return 64
	case F32, I32, U32:
		return 32
	case F16, BF16, I16, U16:
		return 16
	case I8, U8, Bool, "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ":
		return 8
	case "F6_E2M3", "F6_E3M2":
		return 6
	case "F4":
		return 4
	}
	return 0
}
