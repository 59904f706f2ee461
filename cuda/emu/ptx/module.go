package ptx

import (
	"slices"
	"strings"
)

// Limits on what a module may ask for. They are far above what kernels use, and low enough that a
// hostile file costs little.
const (
	MaxShared = 227 << 10 // bytes of the shared memory of a block, as on sm_90
	MaxLocal  = 512 << 10 // bytes of the local memory of a thread

	maxRegisters = 1 << 16   // of one function
	maxVariable  = 64 << 20  // bytes of one .global or .const variable
	maxVariables = 256 << 20 // bytes of all of them
	maxDepth     = 64        // of braces
	maxParams    = 4096      // bytes of the parameters of a kernel
)

// A Module is the text of a module, parsed.
type Module struct {
	Version int            // of PTX, 10·major + minor
	Target  int            // the compute capability it is for, 80 for sm_80
	Only    bool           // and for no later one: sm_90a
	Files   map[int]string // names of the source files, by the number that .file gives them
	Places  []Place        // what .loc directives say, in order
	Vars    []*Variable    // of module scope, and the .global and .const variables of functions
	Funcs   []*Function    // in the order they are first mentioned
	ByName  map[string]*Function
	Lines   []string // the text

	varBytes int64 // bytes of the .global and .const variables
}

// A Place is a line of the source that the module was compiled from.
type Place struct{ File, Line int32 }

// A Variable is a declared variable of any state space but .reg.
type Variable struct {
	Name        string
	Space       Space
	Align       int // in bytes, a power of two
	Bytes       int // 0 for an extern array without a size
	Extern      bool
	Initial     []byte // the first bytes of its value, the others are zero; nil without an initialiser
	Relocations []Relocation
	Line        int32
}

// A Relocation is an address inside an initialiser: that of the variable or function Name, plus Addend,
// is to be stored at Offset.
type Relocation struct {
	Offset int // in bytes
	Name   string
	Addend int64
	Line   int32
}

// AddressTaken lists the functions whose address some instruction or initialiser
// of the module names.
func (m *Module) AddressTaken() (fs []*Function) {
	var add func(o Operand)
	add = func(o Operand) {
		f := m.ByName[o.Name]
		if o.Kind == NameOperand && f != nil && f.Defined && !f.Entry && !slices.Contains(fs, f) {
			fs = append(fs, f)
		}
		for _, e := range o.List {
			add(e)
		}
	}
	for _, v := range m.Vars {
		for _, r := range v.Relocations {
			add(Operand{Kind: NameOperand, Name: r.Name})
		}
	}
	for _, f := range m.Funcs {
		for i := range f.Body {
			if s := &f.Body[i]; !strings.HasPrefix(s.Op, "call") {
				for _, o := range s.Args {
					add(o)
				}
			}
		}
	}
	return fs
}
