package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// opcode is an instruction, by the letter or number of Python's pickletools.
type opcode byte

// actions are the instructions that are carried out: all of protocols 2 to 5 that torch.save
// and numpy write, and of the older ones those in binary.
var actions map[opcode]func(m *machine) error

func init() {
	actions = map[opcode]func(m *machine) error{
		0x80: (*machine).protocol, 0x95: (*machine).frame, '.': func(*machine) error { return errStop },
		'(': func(m *machine) error { m.marks = append(m.marks, len(m.stack)); return nil },
		'0': func(m *machine) error { _, err := m.pop(); return err },
		'1': func(m *machine) error { _, err := m.popMark(); return err },
		'2': func(m *machine) error { v, err := m.top(); m.push(v); return err },

		'N': constant(nil), 0x88: constant(true), 0x89: constant(false),
		'J': whole(4, func(n uint64) int64 { return int64(int32(n)) }),
		'K': whole(1, plain), 'M': whole(2, plain),
		0x8a: long(1), 0x8b: long(4), 'G': (*machine).float,
		'X': text(4), 0x8c: text(1), 0x8d: text(8), 'U': text(1), 'T': text(4),
		'B': raw(4), 'C': raw(1), 0x8e: raw(8),

		')':  func(m *machine) error { m.push(Tuple{}); return nil },
		't':  func(m *machine) error { return m.pushed(m.popMark()) },
		0x85: tuple(1), 0x86: tuple(2), 0x87: tuple(3),
		']': func(m *machine) error { m.push(&List{}); return nil },
		'l': (*machine).list, 'a': items(1, (*machine).extend), 'e': marked((*machine).extend),
		'}': func(m *machine) error { m.push(&Dict{}); return nil },
		'd': (*machine).dict, 's': items(2, (*machine).set), 'u': marked((*machine).set),

		'c': (*machine).global, 0x93: (*machine).stackGlobal,
		'R': (*machine).call, 0x81: (*machine).call, 'b': (*machine).build, 'Q': (*machine).persistent,

		'q': store(1), 'r': store(4), 0x94: (*machine).memoize, 'h': fetch(1), 'j': fetch(4),
	}
}

// step carries out one instruction.
func (m *machine) step(op opcode) error {
	act := actions[op]
	if act == nil {
		return fmt.Errorf("instruction 0x%02x is not one that is read", byte(op))
	}
	return act(m)
}

func (m *machine) protocol() error {
	v, err := m.number(1)
	if err == nil && v > 5 {
		err = fmt.Errorf("protocol %d, want at most 5", v)
	}
	return err
}

// frame is the length of what follows, which a reader from memory need not know.
func (m *machine) frame() error {
	_, err := m.number(8)
	return err
}

func constant(v any) func(m *machine) error {
	return func(m *machine) error { m.push(v); return nil }
}

func plain(n uint64) int64 { return int64(n) }

// whole is a whole number of so many bytes.
func whole(bytes uint64, of func(n uint64) int64) func(m *machine) error {
	return func(m *machine) error {
		n, err := m.number(bytes)
		m.push(of(n))
		return err
	}
}

// long is a whole number whose length is counted in so many bytes.
func long(bytes uint64) func(m *machine) error {
	return func(m *machine) error {
		b, err := m.counted(bytes)
		if err != nil {
			return err
		}
		var wide [8]byte
		if len(b) > len(wide) {
			return fmt.Errorf("a whole number of %d bytes, want at most 8", len(b))
		}
		if len(b) > 0 && b[len(b)-1] >= 0x80 { // negative
			copy(wide[:], bytes8)
		}
		copy(wide[:], b)
		m.push(int64(binary.LittleEndian.Uint64(wide[:])))
		return nil
	}
}

var bytes8 = bytes.Repeat([]byte{0xff}, 8)

func (m *machine) float() error {
	b, err := m.take(8)
	if err == nil {
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	}
	return err
}

// text is a string whose length is counted in so many bytes.
func text(bytes uint64) func(m *machine) error {
	return func(m *machine) error {
		b, err := m.counted(bytes)
		if err == nil && !utf8.Valid(b) {
			err = errors.New("a text is not UTF-8")
		}
		m.push(string(b))
		return err
	}
}

func raw(width uint64) func(m *machine) error {
	return func(m *machine) error {
		b, err := m.counted(width)
		m.push(bytes.Clone(b))
		return err
	}
}

// pushed pushes vs, if there is no error.
func (m *machine) pushed(vs Tuple, err error) error {
	m.push(vs)
	return err
}

func tuple(n int) func(m *machine) error {
	return func(m *machine) error { return m.pushed(m.popN(n)) }
}

// items hands n values of the stack to use.
func items(n int, use func(m *machine, vs Tuple) error) func(m *machine) error {
	return func(m *machine) error {
		vs, err := m.popN(n)
		if err != nil {
			return err
		}
		return use(m, vs)
	}
}

// marked hands everything above the last mark to use.
func marked(use func(m *machine, vs Tuple) error) func(m *machine) error {
	return func(m *machine) error {
		vs, err := m.popMark()
		if err != nil {
			return err
		}
		return use(m, vs)
	}
}

func (m *machine) list() error {
	vs, err := m.popMark()
	m.push(&List{vs})
	return err
}

func (m *machine) dict() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	m.push(&Dict{})
	return m.set(vs)
}

// global is a class named in two lines.
func (m *machine) global() error {
	var names [2]string
	for i := range names {
		n := bytes.IndexByte(m.left, '\n')
		if n < 0 {
			return errors.New("a class without a name")
		}
		names[i], m.left = string(m.left[:n]), m.left[n+1:]
	}
	return m.class(names[0], names[1])
}

// stackGlobal is a class named by two texts.
func (m *machine) stackGlobal() error {
	vs, err := m.popN(2)
	if err != nil {
		return err
	}
	module, ok := vs[0].(string)
	name, text := vs[1].(string)
	if !ok || !text {
		return fmt.Errorf("a class named by %T and %T, want texts", vs[0], vs[1])
	}
	return m.class(module, name)
}

func (m *machine) persistent() error {
	id, err := m.pop()
	if err != nil {
		return err
	}
	if m.Persistent == nil {
		return errors.New("an object outside the pickle, want none")
	}
	v, err := m.Persistent(id)
	m.push(v)
	return err
}

// store keeps the top of the stack under a number of so many bytes.
func store(bytes uint64) func(m *machine) error {
	return func(m *machine) error {
		n, err := m.number(bytes)
		if err != nil {
			return err
		}
		m.memo[uint32(n)], err = m.top()
		return err
	}
}

// memoize keeps the top of the stack under the next number.
func (m *machine) memoize() (err error) {
	m.memo[uint32(len(m.memo))], err = m.top()
	return err
}

// fetch pushes what is kept under a number of so many bytes.
func fetch(bytes uint64) func(m *machine) error {
	return func(m *machine) error {
		n, err := m.number(bytes)
		if err != nil {
			return err
		}
		v, ok := m.memo[uint32(n)]
		if !ok {
			return fmt.Errorf("nothing is kept under %d", n)
		}
		m.push(v)
		return nil
	}
}
