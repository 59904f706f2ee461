//go:build linux && amd64

package trace

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"errors"
	"fmt"
	"strings"
)

// program is what the tracer knows of the text of a process.
type program struct {
	symbols *gosym.Table      // nil of a program that is not in Go
	patched map[uint64]string // instructions that the tracer answers, by address
	start   uint64            // of the text
	text    []byte            // as the linker wrote it
}

// An instruction that identifies the machine is replaced by one that is undefined, of the same length.
// It is looked for in functions whose names begin so, which hold little else.
var identifying = []struct {
	function             string
	original, substitute []byte
}{
	{"cpuid", []byte{0x0f, 0xa2}, []byte{0x0f, 0x0b}},
	{"xgetbv", []byte{0x0f, 0x01, 0xd0}, []byte{0x0f, 0x0b, 0x90}},
}

// open reads the program that a process has begun, and patches it.
func open(pid int, mutants []Mutant) (*program, error) {
	p := &program{patched: map[uint64]string{}}
	f, err := elf.Open(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return nil, fmt.Errorf("trace: the program of process %d: %w", pid, err)
	}
	defer f.Close()
	text, lines := f.Section(".text"), f.Section(".gopclntab")
	if text == nil || lines == nil || f.Type != elf.ET_EXEC {
		return p, nil // not in Go, or moved at its start: it is traced all the same
	}
	p.start = text.Addr
	if p.text, err = text.Data(); err != nil {
		return nil, fmt.Errorf("trace: the text of process %d: %w", pid, err)
	}
	table, err := lines.Data()
	if err == nil {
		err = p.find(table)
	}
	if err != nil {
		return nil, fmt.Errorf("trace: the functions of process %d: %w", pid, err)
	}
	for _, m := range mutants {
		if err := p.mutate(memory(pid), m); err != nil {
			return nil, err
		}
	}
	for _, f := range p.symbols.Funcs {
		for _, i := range identifying {
			if !strings.HasPrefix(f.Name[strings.LastIndexByte(f.Name, '.')+1:], i.function) {
				continue
			}
			if err := p.patch(memory(pid), f.Entry, f.End, i.original, i.substitute); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// known is how a function of every Go program begins: internal/cpu.cpuid loads two arguments and executes
// CPUID.
var known = []byte{0x8b, 0x44, 0x24, 0x08, 0x8b, 0x4c, 0x24, 0x0c, 0x0f, 0xa2}

// find reads where functions are, which the table has from that of runtime.text on. That is where .text
// begins or a little further on: as far as it takes for the known function to be where the table says.
func (p *program) find(table []byte) error {
	t, err := gosym.NewTable(nil, gosym.NewLineTable(table, p.start))
	if err != nil {
		return err
	}
	f := t.LookupFunc("internal/cpu.cpuid")
	if f == nil {
		return errors.New("internal/cpu.cpuid is not among them")
	}
	const alignment, farthest = 16, 1 << 16
	for on := uint64(0); on < farthest; on += alignment {
		if bytes.HasPrefix(p.code(f.Entry+on), known) {
			p.symbols, err = gosym.NewTable(nil, gosym.NewLineTable(table, p.start+on))
			return err
		}
	}
	return errors.New("internal/cpu.cpuid is not where the table says")
}

// patch replaces the instructions of one function.
func (p *program) patch(m memory, entry, end uint64, original, substitute []byte) error {
	code := p.code(entry)
	for at := 0; at+len(original) <= min(len(code), int(end-entry)); at++ {
		if !bytes.HasPrefix(code[at:], original) {
			continue
		}
		if err := m.overwrite(substitute, entry+uint64(at)); err != nil {
			return err
		}
		p.patched[entry+uint64(at)] = string(original)
	}
	return nil
}

// mutate changes the code of one function, in the process and in what is decoded.
func (p *program) mutate(m memory, u Mutant) error {
	for _, f := range p.symbols.Funcs {
		if f.Name != u.Function && !strings.HasSuffix(f.Name, "/"+u.Function) {
			continue
		}
		code := p.code(f.Entry)
		code = code[:min(uint64(len(code)), f.End-f.Entry)]
		at := bytes.Index(code, u.Old)
		if at < 0 || len(u.Old) != len(u.New) {
			continue
		}
		copy(code[at:], u.New)
		return m.overwrite(u.New, f.Entry+uint64(at))
	}
	return fmt.Errorf("trace: %s has no bytes % x, or they are not as many as % x", u.Function, u.Old, u.New)
}

// code is the text from an address on, nil outside it.
func (p *program) code(at uint64) []byte {
	if at < p.start || at-p.start >= uint64(len(p.text)) {
		return nil
	}
	return p.text[at-p.start:]
}

// function is the name of that at an address.
func (p *program) function(at uint64) string {
	if p.symbols == nil {
		return "?"
	}
	if f := p.symbols.PCToFunc(at); f != nil {
		return f.Name
	}
	return "?"
}

// calls says whether the instruction before the return address ret is a call of the function that at
// is in: a direct one, as Go's linker writes.
func (p *program) calls(ret, at uint64) bool {
	if p.symbols == nil {
		return false
	}
	code, f := p.code(ret-5), p.symbols.PCToFunc(at)
	if len(code) < 5 || code[0] != 0xe8 || f == nil {
		return false
	}
	offset := int32(code[1]) | int32(code[2])<<8 | int32(code[3])<<16 | int32(code[4])<<24
	return ret+uint64(int64(offset)) == f.Entry
}
