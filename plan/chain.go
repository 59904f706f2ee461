package plan

import "fmt"

// Limits of a Chain, so that a device can keep its registers on chip.
const (
	MaxArgs  = 12
	MaxOuts  = 6
	MaxCode  = 64
	MaxRegs  = 16
	MaxAxes  = 6 // of a View
	rowAlign = 64
)

// Chain is a run of pointwise operators in one pass over Len elements: for each
// index i it loads the arguments, runs Code on a file of Regs registers, and
// stores the outputs. Arguments are loaded by instructions of kind Load.
//
// An output may lie where a plain argument lies. Then no other argument reads
// that storage, and no instruction after the one that makes the output's
// register reads the argument's, so storing at once is safe.
type Chain struct {
	Len  int
	Args []Arg
	Code []Instr
	Outs []Arg // Outs[k] is stored by the instruction of kind Store with A = k
	Regs int
}

// Arg is an operand of a chain: element i of the chain is the element At(i) of
// the value. A plain argument is read in order.
type Arg struct {
	Value int // index into Plan.Values
	View  View
}

// The instructions of a chain are the pointwise kinds and these two.
const (
	Load  Kind = kinds + iota // register Dst ← argument A
	Store                     // output A ← register B
)

// Instr is one instruction: register Dst ← Kind(register A, register B).
// Uniform and Normal read argument A themselves: a plain view [n, DrawLen] of what
// each row of Row elements draws.
type Instr struct {
	Kind    Kind
	Dst     int
	A, B    int
	Imm     float64
	Row     int // Uniform, Normal: elements of one sample
	Seed    uint64
	Purpose uint32
}

// Reads returns the registers that in reads, in order; the first n of them count.
func (in Instr) Reads() (rs [2]int, n int) {
	switch {
	case in.Kind == Load, in.Kind == Fill, in.Kind.Random():
		return rs, 0
	case in.Kind == Store:
		return [2]int{in.B}, 1
	case arity[in.Kind] == 2:
		return [2]int{in.A, in.B}, 2
	}
	return [2]int{in.A}, 1
}

func (in Instr) String() string {
	switch in.Kind {
	case Load:
		return fmt.Sprintf("r%d = a%d", in.Dst, in.A)
	case Store:
		return fmt.Sprintf("o%d = r%d", in.A, in.B)
	case Scale, Shift:
		return fmt.Sprintf("r%d = %v(r%d, %g)", in.Dst, in.Kind, in.A, in.Imm)
	case Fill:
		return fmt.Sprintf("r%d = %g", in.Dst, in.Imm)
	case Uniform, Normal:
		return fmt.Sprintf("r%d = %v(a%d, purpose %d)", in.Dst, in.Kind, in.A, in.Purpose)
	}
	if arity[in.Kind] == 2 {
		return fmt.Sprintf("r%d = %v(r%d, r%d)", in.Dst, in.Kind, in.A, in.B)
	}
	return fmt.Sprintf("r%d = %v(r%d)", in.Dst, in.Kind, in.A)
}

// View maps a row-major index of extents Dims to an element of a value: the
// index (i₀, …, iₙ) to Off + Σ iₖ·Strides[k]. A broadcast axis has stride 0.
// Neighbouring axes that could be one are one, so a plain view has one axis.
type View struct {
	Off     int
	Axes    int
	Dims    [MaxAxes]int
	Strides [MaxAxes]int
}

// PlainView is the view of n elements in order.
func PlainView(n int) View {
	return View{Axes: 1, Dims: [MaxAxes]int{n}, Strides: [MaxAxes]int{1}}
}

// Plain reports whether v reads its value in order, from the first element.
func (v View) Plain() bool { return v.Off == 0 && v.Contiguous() }

// Contiguous reports whether v reads a run of neighbouring elements in order.
func (v View) Contiguous() bool { return v.Axes == 1 && v.Strides[0] == 1 || v.Len() == 1 }

// Len is the number of elements of v.
func (v View) Len() int {
	n := 1
	for _, d := range v.Dims[:v.Axes] {
		n *= d
	}
	return n
}

// At returns the element that index i of the view is.
func (v View) At(i int) int {
	e := v.Off
	for k := v.Axes - 1; k >= 0; k-- {
		e += i % v.Dims[k] * v.Strides[k]
		i /= v.Dims[k]
	}
	return e
}

func (v View) String() string {
	if v.Plain() {
		return ""
	}
	return fmt.Sprintf("%v/%v+%d", v.Dims[:v.Axes], v.Strides[:v.Axes], v.Off)
}
