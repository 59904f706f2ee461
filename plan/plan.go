package plan

// Class says who owns a value's storage.
type Class uint8

// The classes of values.
const (
	Temporary  Class = iota // a place in the arena
	InputClass              // written by the host
	StateClass              // kept from run to run
	Alias                   // part of another value, from any element on
)

// Value is one tensor of a plan.
type Value struct {
	Name   string // of an input, state or output; else made from the operator
	Shape  []int
	Size   int // elements
	Class  Class
	Base   int // Alias: the value it is part of, itself no alias
	Offset int // Temporary: words of 4 bytes from the arena's start; Alias: elements from the base's
	life   Life

	Storage Storage // of an alias: as the base's
}

// Step is one kernel of a plan.
type Step struct {
	Op    Op
	In    []int  // values read, and those written by effects
	Out   int    // value made; −1 for a chain
	Chain *Chain // Op.Kind is None
	Bias  bool   // MatMul, Conv: In[2] [n] is added to every row of the result
	Name  string // what the step is for, from the graph's names

	Epilogue Epilogue // of a chain

	Split bool // NormGrad: the result is in two parts, dx in Out and dγ | dβ in Rest
	Rest  int
}

// Port is a value the host can name.
type Port struct {
	Name  string
	Value int
}

// Plan is a compiled graph. It is read-only once compiled.
type Plan struct {
	Precision Precision
	// RowsIndependent asks that no bit of a row of a result depends on how many rows
	// the plan has: a device cuts no sum of a contraction in order to have more work
	// at a time. Plans that evaluate fields ask for it, so that a sample does not
	// depend on its batch; a training step has one batch and need not.
	RowsIndependent bool

	Values  []Value
	Steps   []Step
	Arena   int    // words of 4 bytes
	Inputs  []Port // in order of first use
	States  []Port
	Outputs []Port

	// What Arena and TotalBytes would be if every value were float32; 0 where all are.
	Float32Arena int
	Float32Bytes float64
}

// Port returns the value of that name and whether there is one.
func (p *Plan) Port(name string) (value int, ok bool) {
	for _, ps := range [][]Port{p.Outputs, p.Inputs, p.States} {
		for _, q := range ps {
			if q.Name == name {
				return q.Value, true
			}
		}
	}
	return 0, false
}

// Root returns the value that owns the storage of v, and v's offset in it.
func (p *Plan) Root(v int) (base, offset int) {
	if p.Values[v].Class == Alias {
		return p.Values[v].Base, p.Values[v].Offset
	}
	return v, 0
}
