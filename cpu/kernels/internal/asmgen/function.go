package main

import (
	"fmt"
	"strings"
)

// isa is an instruction set.
type isa struct {
	letter    string // of its vector registers
	suffix    string // of the names of its kernels: the bits of a vector
	lanes     int    // float32 in a vector
	registers int    // vector registers
}

// The instruction sets that kernels are written for.
var (
	avx512 = isa{"Z", "512", 16, 32}
	avx2   = isa{"Y", "256", 8, 16}
)

// bytes is the size of a vector.
func (s isa) bytes() int { return 4 * s.lanes }

// param is a parameter or the result of a function, at its offset in the frame.
type param struct {
	name, kind string
	offset     int
}

// function is an assembly function under way: its Go signature and the instructions so far.
//
// The stack-based calling convention (ABI0) passes everything in memory and lets a function use every
// register but SP and BP.
type function struct {
	isa
	name, params, result string // as Go writes them: "x *float32, n int", "(sum float64)"
	places               []param
	size                 int // bytes of parameters and result
	doc                  string
	lines                []string
	comparison           int      // the K register that the next comparison writes (AVX-512)
	labels, jumps        []string // defined, and jumped to
	err                  error    // the first fault
}

// begin starts the function name+suffix with these parameters and result ("" for none).
func begin(set isa, name, params, result string) *function {
	f := &function{isa: set, name: name + set.suffix, params: params, result: result, comparison: 2}
	f.layout(params)
	if result != "" {
		f.size = (f.size + 7) &^ 7
		f.layout(strings.Trim(result, "()"))
	}
	return f
}

// sizes of the types that parameters have, in bytes; everything is aligned to its size.
var sizes = map[string]int{"int": 8, "float32": 4, "float64": 8, "uint32": 4, "unsafe.Pointer": 8}

// layout places parameters after those that have a place, as the Go compiler does. Names that share a type
// stand in a list before it.
func (f *function) layout(list string) {
	var names []string
	for part := range strings.SplitSeq(list, ", ") {
		name, kind, typed := strings.Cut(part, " ")
		if names = append(names, name); !typed {
			continue
		}
		n := sizes[kind]
		if strings.HasPrefix(kind, "*") {
			n = 8
		}
		if n == 0 {
			f.fail("parameter %s of the unknown type %s", name, kind)
			return
		}
		for _, name := range names {
			f.size = (f.size + n - 1) / n * n
			f.places = append(f.places, param{name, kind, f.size})
			f.size += n
		}
		names = nil
	}
}

// signature is what follows the name in a Go declaration.
func (f *function) signature() string {
	if f.result == "" {
		return "(" + f.params + ")"
	}
	return "(" + f.params + ") " + f.result
}

// param is the operand that a parameter or the result is.
func (f *function) param(name string) string {
	for _, p := range f.places {
		if p.name == name {
			return fmt.Sprintf("%s+%d(FP)", name, p.offset)
		}
	}
	f.fail("no parameter %q", name)
	return name + "+0(FP)"
}

// arguments loads 8-byte parameters to general registers. Pairs are a parameter and its register: "x SI",
// "n CX".
func (f *function) arguments(pairs ...string) {
	for _, p := range pairs {
		name, register, _ := strings.Cut(p, " ")
		f.op("MOVQ", f.param(name), register)
	}
}

// fail keeps the first fault.
func (f *function) fail(format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf(format, args...)
	}
}

// op appends an instruction with operands in Go's order: sources, the last first, then the destination.
// With AVX-512 a constant among the operands is broadcast from its first word; AVX2 reads all 32 bytes of
// it.
func (f *function) op(name string, operands ...string) {
	if f.isa == avx512 && !strings.Contains(name, "BROADCAST") {
		for _, o := range operands {
			if strings.HasPrefix(o, constantPrefix) {
				name += ".BCST"
				break
			}
		}
	}
	f.validate(name, operands)
	f.lines = append(f.lines, strings.TrimRight("\t"+name+" "+strings.Join(operands, ", "), " "))
}

// ops appends instructions that are written out: "ADDQ $4, SI".
func (f *function) ops(instructions ...string) {
	for _, i := range instructions {
		name, operands, _ := strings.Cut(i, " ")
		if operands == "" {
			f.op(name)
			continue
		}
		f.op(name, strings.Split(operands, ", ")...)
	}
}

// label defines a place to jump to.
func (f *function) label(name string) {
	f.labels = append(f.labels, name)
	f.lines = append(f.lines, name+":")
}

// finish leaves the function. The upper halves of the vectors are cleared, for code with SSE would be slow
// otherwise.
func (f *function) finish() *function {
	f.ops("VZEROUPPER", "RET")
	return f
}

// fork starts a list of instructions of the same function, whose comparisons write K register first and the
// one after it. join appends such lists.
func (f *function) fork(first int) *function {
	return &function{isa: f.isa, places: f.places, comparison: first}
}

// join appends what parts hold, one part after the other or, interleaved, an instruction of each in turn.
// What is independent runs at once when it is interleaved.
func (f *function) join(interleaved bool, parts ...*function) {
	longest := 0
	for _, p := range parts {
		if longest = max(longest, len(p.lines)); f.err == nil {
			f.err = p.err
		}
		f.labels, f.jumps = append(f.labels, p.labels...), append(f.jumps, p.jumps...)
		if !interleaved {
			f.lines = append(f.lines, p.lines...)
		}
	}
	for i := 0; i < longest && interleaved; i++ {
		for _, p := range parts {
			if i < len(p.lines) {
				f.lines = append(f.lines, p.lines[i])
			}
		}
	}
}

// check returns the first fault of a whole function: of an instruction, of a label, or a missing end.
func (f *function) check() error {
	defined := map[string]bool{}
	for _, l := range f.labels {
		if defined[l] {
			f.fail("label %s is defined twice", l)
		}
		defined[l] = true
	}
	for _, j := range f.jumps {
		if !defined[j] {
			f.fail("a jump to %s, which is no label", j)
		}
	}
	if n := len(f.lines); n == 0 || f.lines[n-1] != "\tRET" {
		f.fail("the function does not end in RET")
	}
	return f.err
}
