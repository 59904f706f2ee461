package emu

import (
	"sort"
	"strconv"
)

// Limits on what a module may ask for; text beyond them does not load. They are
// far above what kernels use and low enough that a hostile file costs little.
const (
	maxRegisters = 1 << 16   // of one function
	maxVariable  = 64 << 20  // bytes of one .global or .const variable
	maxGlobals   = 256 << 20 // bytes of all of them
	maxShared    = 227 << 10 // bytes of a block, as on sm_90
	maxLocal     = 512 << 10 // bytes of a thread
	maxDepth     = 64        // braces
	maxParams    = 4096      // bytes of a kernel's parameters
)

// module is parsed PTX.
type module struct {
	version  int // 10·major + minor
	target   int // 80 for sm_80
	files    map[int]string
	locs     []sourceLoc // what .loc lines say, in order
	vars     []*variable
	funcs    []*function
	byName   map[string]*function
	lines    []string // the text, for findings
	varBytes int64
}

// sourceLoc is a place in the source a module was compiled from.
type sourceLoc struct{ file, line int32 }

// variable is a declared variable of any state space but .reg.
type variable struct {
	name    string
	space   space
	align   int
	bytes   int // 0 for an unsized extern
	extern  bool
	init    []byte // nil, or up to bytes
	relocs  []reloc
	line    int32
	addr    uint64 // set when the module is loaded: .global and .const
	elem    int    // bytes of an element, for parameters
	isParam bool   // formal parameter of a function
}

// reloc is an address inside an initialiser.
type reloc struct {
	offset int
	name   string
	addend int64
	line   int32
}

// function is an .entry or a .func, before decoding.
type function struct {
	name    string
	entry   bool
	params  []*variable
	rets    []*variable
	regs    []typ
	names   []regName
	vars    []*variable // local, shared and param variables of the body
	body    []stmt
	labels  map[labelKey]int // index into body
	scopes  []int            // parent of each scope
	maxntid [3]int
	line    int32
	defined bool
}

// regName is the name of a register, or of all of a range but for the number.
type regName struct {
	first  int
	name   string
	ranged bool
}

// registerName is the name register r was declared with.
func (f *function) registerName(r int) string {
	i := sort.Search(len(f.names), func(i int) bool { return f.names[i].first > r }) - 1
	if n := f.names[i]; n.ranged {
		return n.name + strconv.Itoa(r-n.first)
	}
	return f.names[i].name
}

type labelKey struct {
	scope int
	name  string
}

// stmt is one instruction.
type stmt struct {
	guard int // register number of the predicate, −1 for none
	neg   bool
	op    string
	args  []operand
	line  int32
	loc   int32 // index into module.locs, −1 for none
	scope int
}

type operandKind uint8

const (
	opReg    operandKind = iota // reg
	opInt                       // ival
	opFloat                     // fbits: float64 bits, or float32 bits when single
	opName                      // name + ival: variable, function, label
	opVar                       // v + ival: variable found in scope
	opSpec                      // name: special register
	opVector                    // list
	opMem                       // list[0] + ival in brackets
	opPair                      // list[0] | list[1]
	opList                      // list in parentheses
	opSink                      // _
	opNotReg                    // !reg
)

type operand struct {
	kind   operandKind
	reg    int
	ival   int64
	fbits  uint64
	single bool
	name   string
	v      *variable
	list   []operand
}

// lookupLabel finds a label from scope outwards.
func (f *function) lookupLabel(scope int, name string) (int, bool) {
	for scope >= 0 {
		if i, ok := f.labels[labelKey{scope, name}]; ok {
			return i, true
		}
		scope = f.scopes[scope]
	}
	return 0, false
}
