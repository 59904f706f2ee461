package ptx

import (
	"sort"
	"strconv"
)

// A Function is an .entry or a .func.
type Function struct {
	Name       string
	Entry      bool // a kernel
	Defined    bool // it has a body; a declaration has none
	Params     []*Variable
	Results    []*Variable
	Registers  []Type
	Vars       []*Variable // the .local, .shared and .param variables of the body
	Body       []Statement
	MaxThreads [3]int // .maxntid or .reqntid, zeros for none
	Line       int32

	names  []registerName   // of Registers, by their first
	labels map[labelKey]int // index into Body
	scopes []int            // the parent of each pair of braces, −1 for the outermost
}

// registerName is the name of a register, or of all of a range but for the number.
type registerName struct {
	first  int
	name   string
	ranged bool
}

// RegisterName is the name that register r was declared with.
func (f *Function) RegisterName(r int) string {
	i := sort.Search(len(f.names), func(i int) bool { return f.names[i].first > r }) - 1
	if n := f.names[i]; n.ranged {
		return n.name + strconv.Itoa(r-n.first)
	}
	return f.names[i].name
}

// labelKey is a label as one pair of braces knows it.
type labelKey struct {
	scope int
	name  string
}

// Label finds the statement that a label names, an index into Body, from the braces of a statement outwards.
func (f *Function) Label(scope int, name string) (int, bool) {
	for scope >= 0 {
		if i, ok := f.labels[labelKey{scope, name}]; ok {
			return i, true
		}
		scope = f.scopes[scope]
	}
	return 0, false
}
