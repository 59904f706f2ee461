package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/format/bounded"
)

// Reader says what a pickle may contain beside plain data.
type Reader struct {
	Classes map[Class]Call
	// Persistent is what an object that is kept outside the pickle is, from its number;
	// nil where there are none.
	Persistent func(id any) (any, error)
}

// Read is the value that the pickle b makes. What follows its end is left alone.
func (r Reader) Read(b []byte) (any, error) {
	m := machine{Reader: r, left: b, memo: map[uint32]any{}}
	for count := 1; ; count++ {
		op, err := m.take(1)
		if err == nil && count > maxInstructions {
			err = fmt.Errorf("more than %d instructions", maxInstructions)
		}
		if err == nil {
			err = m.step(opcode(op[0]))
		}
		if errors.Is(err, errStop) {
			return m.pop()
		}
		if err != nil {
			return nil, fmt.Errorf("pickle: byte %d: %w", len(b)-len(m.left), err)
		}
	}
}

// maxInstructions is a limit on what a pickle may make, of which some instructions of one
// byte take fifty bytes and more. A tensor of torch.save takes some 45 of them.
const maxInstructions = 1 << 21

// errStop ends a pickle.
var errStop = errors.New("stop")

// machine is the stack machine of a pickle.
type machine struct {
	Reader
	left  []byte
	stack []any
	marks []int // where in the stack a mark is
	memo  map[uint32]any
}

// take is the next n bytes.
func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.left)) {
		return nil, fmt.Errorf("cut short: want %d bytes more, have %d", n, len(m.left))
	}
	b := m.left[:n]
	m.left = m.left[n:]
	return b, nil
}

// number is the next little-endian number of so many bytes.
func (m *machine) number(bytes uint64) (uint64, error) {
	b, err := m.take(bytes)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

// counted is the bytes that a number of so many bytes counts.
func (m *machine) counted(bytes uint64) ([]byte, error) {
	n, err := m.number(bytes)
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// base is where the part of the stack begins that is above the last mark.
func (m *machine) base() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

// pop takes the top of the stack, which a mark does not let go below itself.
func (m *machine) pop() (any, error) {
	if len(m.stack) <= m.base() {
		return nil, errors.New("the stack is empty")
	}
	v := m.stack[len(m.stack)-1]
	m.stack = m.stack[:len(m.stack)-1]
	return v, nil
}

// popN takes n values, the top one last.
func (m *machine) popN(n int) (Tuple, error) {
	if len(m.stack)-m.base() < n {
		return nil, errors.New("the stack is empty")
	}
	at := len(m.stack) - n
	vs := append(Tuple(nil), m.stack[at:]...)
	m.stack = m.stack[:at]
	return vs, nil
}

// popMark takes everything above the last mark, and the mark.
func (m *machine) popMark() (Tuple, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("no mark on the stack")
	}
	vs, err := m.popN(len(m.stack) - m.base())
	m.marks = m.marks[:len(m.marks)-1]
	return vs, err
}

// top is the top of the stack, left there.
func (m *machine) top() (any, error) {
	if len(m.stack) <= m.base() {
		return nil, errors.New("the stack is empty")
	}
	return m.stack[len(m.stack)-1], nil
}

// class pushes the class of a module, which must be in the table.
func (m *machine) class(module, name string) error {
	c := Class(module + "." + name)
	if m.Classes[c] == nil {
		return UnknownClass{c}
	}
	m.push(c)
	return nil
}

// UnknownClass is the error of a pickle that names a class which is not in the table.
type UnknownClass struct{ Class }

func (e UnknownClass) Error() string {
	return fmt.Sprintf("class %s is not one that is read, and nothing is executed",
		bounded.Quote(string(e.Class)))
}

// call replaces a class and its arguments by what the table makes of them.
func (m *machine) call() error {
	vs, err := m.popN(2)
	if err != nil {
		return err
	}
	c, ok := vs[0].(Class)
	args, tuple := vs[1].(Tuple)
	if !ok || !tuple {
		return fmt.Errorf("a call of %T with %T, want a class with a tuple", vs[0], vs[1])
	}
	v, err := m.Classes[c](args)
	if err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	m.push(v)
	return nil
}

// build gives the object under the top of the stack its state.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	object, ok := v.(Stateful)
	if !ok {
		return fmt.Errorf("%T takes no state", v)
	}
	return object.SetState(state)
}

// extend appends vs to the list on top of the stack.
func (m *machine) extend(vs Tuple) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	list, ok := v.(*List)
	if !ok {
		return fmt.Errorf("items for %T, want a list", v)
	}
	list.Items = append(list.Items, vs...)
	return nil
}

// set sets keys and values, which take turns in vs, in the dictionary on top of the stack.
func (m *machine) set(vs Tuple) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	dict, ok := v.(*Dict)
	if !ok || len(vs)%2 != 0 {
		return fmt.Errorf("%d keys and values for %T, want pairs for a dictionary", len(vs), v)
	}
	for i := 0; i < len(vs); i += 2 {
		dict.Items = append(dict.Items, Item{vs[i], vs[i+1]})
	}
	return nil
}
