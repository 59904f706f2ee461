package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// machine runs a function without doing its arithmetic: it has general registers, flags, jumps and masks,
// and of a vector it knows whether it is defined and, if it came from a table of masks, which lanes are
// ones. What it finds is which memory the kernel reads and writes, on any machine. Addresses are bytes.
type machine struct {
	general map[string]int64
	k       map[string]uint64   // mask registers, of those that were moved from a general one
	vectors map[string]bool     // the numbers of defined registers
	masks   map[string][]bool   // lanes of those that hold a mask
	flags   int64               // < 0, 0 or > 0: what the last comparison found
	named   map[string]int64    // parameters and fields of structures, by name
	words   map[int64]int64     // integers in memory
	reads   map[int64]int       // how often the float32 at an address was read
	writes  map[int64]int       // and written
	results map[string]struct{} // results that were set
}

// Where the tables of masks lie; half of each is ones.
var maskTables = map[string]struct{ at, half int64 }{"vecMask": {1 << 50, 32}, "tileMask": {1 << 51, 64}}

// newMachine has nothing but named values.
func newMachine(named map[string]int64) *machine {
	return &machine{map[string]int64{}, map[string]uint64{}, map[string]bool{}, map[string][]bool{}, 0, named,
		map[int64]int64{}, map[int64]int{}, map[int64]int{}, map[string]struct{}{}}
}

// line is a decoded instruction.
type line struct {
	name     string
	operands []string
	target   int // of a jump
}

// decode splits the lines of a function and resolves its jumps.
func decode(f *function) []line {
	var code []line
	labels := map[string]int{}
	for _, text := range f.lines {
		if label, is := strings.CutSuffix(text, ":"); is {
			labels[label] = len(code)
			continue
		}
		name, operands, _ := strings.Cut(strings.TrimSpace(text), " ")
		code = append(code, line{name: name, operands: strings.Split(operands, ", ")})
	}
	for i := range code {
		if c := &code[i]; strings.HasPrefix(c.name, "J") {
			if to, known := labels[c.operands[0]]; known {
				c.target = to
			} else {
				c.target = i + 2 // 2(PC)
			}
		}
	}
	return code
}

// operand is an operand taken apart: which of the expressions of instructions.go matches it, and its parts.
type operand struct {
	kind  *regexp.Regexp
	parts []string
}

// parsed is what parse has taken apart.
var parsed = map[string]operand{}

// parse takes an operand apart, each once.
func parse(o string) operand {
	p, known := parsed[o]
	if known {
		return p
	}
	for _, kind := range []*regexp.Regexp{general, immediate, mask, vector, memory} {
		if parts := kind.FindStringSubmatch(o); parts != nil {
			p = operand{kind, parts}
			break
		}
	}
	parsed[o] = p
	return p
}

// run executes code from its start to RET. Faults are panics with a string.
func (m *machine) run(code []line) (err error) {
	at := 0
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("instruction %d, %s %v: %v", at, code[at].name, code[at].operands, r)
		}
	}()
	for steps := 0; code[at].name != "RET"; steps++ {
		if steps > 1<<15 {
			panic("no end")
		}
		switch c := code[at]; {
		case c.name[0] == 'J':
			if m.taken(c.name) {
				at = c.target
				continue
			}
		case c.name[0] == 'V':
			m.vector(c)
		default:
			m.scalar(c.name, c.operands)
		}
		at++
	}
	return nil
}

// taken says whether a jump is taken.
func (m *machine) taken(jump string) bool {
	switch jump {
	case "JMP":
		return true
	case "JLT":
		return m.flags < 0
	case "JLE":
		return m.flags <= 0
	case "JZ":
		return m.flags == 0
	case "JNZ", "JNE":
		return m.flags != 0
	}
	panic("an unknown jump")
}

// address evaluates a memory operand without a name.
func (m *machine) address(o string) int64 {
	p := parse(o).parts
	var a int64
	if p[2] != "" {
		t, known := maskTables[p[2]]
		if !known {
			panic("no table")
		}
		offset, _ := strconv.ParseInt(strings.TrimPrefix(p[4], "+"), 10, 64)
		return t.at + offset
	}
	a, _ = strconv.ParseInt(p[1], 10, 64)
	a += m.value(p[5])
	if p[7] != "" {
		scale, _ := strconv.ParseInt(o[len(o)-2:len(o)-1], 10, 64)
		a += scale * m.value(p[7])
	}
	return a
}

// value reads a scalar operand.
func (m *machine) value(o string) int64 {
	switch {
	case parse(o).kind == immediate:
		x, err := strconv.ParseInt(o[1:], 0, 64)
		if err != nil {
			panic(err)
		}
		return x
	case parse(o).kind == general:
		x, defined := m.general[o]
		if !defined {
			panic("it reads " + o + ", which is undefined")
		}
		return x
	}
	p := parse(o).parts
	if p[2] != "" {
		x, known := m.named[p[2]]
		if !known {
			panic("no parameter or field " + p[2])
		}
		return x
	}
	x, known := m.words[m.address(o)]
	if !known {
		panic("no integer there")
	}
	return x
}

// scalar executes an instruction of general registers.
func (m *machine) scalar(name string, o []string) {
	last := o[len(o)-1]
	switch name {
	case "PREFETCHT0", "PCALIGN":
		return
	case "KMOVW":
		if parse(last).kind == mask {
			m.k[last] = uint64(m.value(o[0])) & 0xffff
		} else {
			m.general[last] = 0 // of comparisons, which are not made
		}
	case "LEAQ":
		m.general[last] = m.address(o[0])
	case "MOVQ", "MOVLQSX", "MOVL":
		m.move(name, o[0], last)
	case "CMPQ":
		m.flags = m.value(o[0]) - m.value(o[1])
	case "TESTQ":
		m.flags = m.value(o[0]) & m.value(o[1])
	case "NOTQ":
		m.general[last] = ^m.value(last)
	case "BZHIL":
		n := m.value(o[0])
		if n < 1 || n > 127 {
			panic(fmt.Sprintf("the tail has %d elements", n))
		}
		m.general[last] = m.value(o[1]) & (1<<min(n, 32) - 1)
	case "IMUL3Q":
		m.general[last] = m.value(o[0]) * m.value(o[1])
	default:
		m.arithmetic(name, o)
	}
}

// move executes a move between general registers, or to the memory of a result.
func (m *machine) move(name, from, to string) {
	if parse(to).kind != general {
		m.results[parse(to).parts[2]] = struct{}{}
		return
	}
	x := m.value(from)
	if name == "MOVL" {
		x &= 1<<32 - 1
	}
	m.general[to] = x
}

// arithmetic executes what sets the flags by its result.
func (m *machine) arithmetic(name string, o []string) {
	last := o[len(o)-1]
	var x int64
	switch name {
	case "DECQ":
		x = m.value(last) - 1
	case "NEGQ":
		x = -m.value(last)
	case "ADDQ":
		x = m.value(last) + m.value(o[0])
	case "SUBQ":
		x = m.value(last) - m.value(o[0])
	case "ANDQ":
		x = m.value(last) & m.value(o[0])
	case "IMULQ":
		x = m.value(last) * m.value(o[0])
	case "SHRQ":
		x = int64(uint64(m.value(last)) >> m.value(o[0]))
	case "SHLQ":
		x = m.value(last) << m.value(o[0])
	case "XORQ":
		if o[0] != last {
			panic("only to clear")
		}
	default:
		panic("an unknown instruction")
	}
	m.general[last], m.flags = x, x
}
