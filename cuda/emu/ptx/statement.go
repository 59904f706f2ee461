package ptx

import "strings"

// A Statement is one instruction of a function, or one of the directives that hold a place in its body:
// .branchtargets, .calltargets and .callprototype.
type Statement struct {
	Guard   int    // register of the predicate that guards it, −1 for none
	Negated bool   // the guard is @!p
	Op      string // the opcode with its modifiers, as in fma.rn.f32
	Args    []Operand
	Line    int32 // of the text, from 1
	Place   int32 // index into Module.Places, −1 for none
	Scope   int   // the braces it stands in, for Function.Label
}

// OperandKind says which fields of an Operand hold it.
type OperandKind uint8

// The kinds of operands, each with the fields it uses.
const (
	RegisterOperand    OperandKind = iota // %r1+4: Register, Int
	IntOperand                            // 5: Int
	FloatOperand                          // 0f3F800000: see Operand.Bits
	NameOperand                           // a label, function or variable of module scope, +4: Name, Int
	VariableOperand                       // a variable of the function, +4: Variable, Int
	SpecialOperand                        // %tid.x: Name
	VectorOperand                         // {a, b}: List
	AddressOperand                        // [a+4]: List, of one
	PairOperand                           // a|b: List, of two
	ListOperand                           // (a, b): List
	SinkOperand                           // _: a result nobody reads
	NotRegisterOperand                    // !%p1: Register
)

// An Operand is one operand of a statement.
type Operand struct {
	Kind     OperandKind
	Register int   // index into Function.Registers
	Int      int64 // the value, or what is added to a register or an address
	bits     uint64
	single   bool // bits are of a float32, else of a float64
	Name     string
	Variable *Variable
	List     []Operand
}

// Effects lists the registers that a statement writes and those that it reads, its guard among them.
func (s *Statement) Effects() (writes, reads []int) {
	base, rest, _ := strings.Cut(s.Op, ".")
	dests := 1 // how many of the operands, from the first, are destinations
	switch base {
	case "wmma":
		dests = 1 - strings.Count(rest, "store")
	case "st", "red", "cp", "stmatrix", "bra", "brx", "ret", "exit", "trap", "nanosleep", "prefetch",
		"prefetchu", "discard", "applypriority", "stackrestore":
		dests = 0
	case "wgmma":
		if len(s.Args) > 1 { // the sums are read too
			s.Args[0].registers(&reads)
		}
	case "setmaxnreg":
		dests = 0
	case "mbarrier":
		dests = 1
		if what, _, _ := strings.Cut(rest, "."); what == "init" || what == "inval" || what == "expect_tx" {
			dests = 0
		}
	case "bar", "barrier":
		dests = 0
		if strings.Contains(rest, "red") {
			dests = 1
		}
	case "call":
		if len(s.Args) == 0 || s.Args[0].Kind != ListOperand {
			dests = 0
		}
	}
	for i, o := range s.Args {
		if i < dests {
			o.registers(&writes)
		} else {
			o.registers(&reads)
		}
	}
	if s.Guard >= 0 {
		reads = append(reads, s.Guard)
	}
	return writes, reads
}

// registers appends the registers that an operand names, those of an address and of a list included.
func (o Operand) registers(into *[]int) {
	if o.Kind == RegisterOperand || o.Kind == NotRegisterOperand {
		*into = append(*into, o.Register)
	}
	for _, e := range o.List {
		e.registers(into)
	}
}
