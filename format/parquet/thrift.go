package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The types of the compact protocol of Apache Thrift, as far as they are met here.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI64    = 6 // 4 and 5 are shorter and written the same
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

const mostDepth = 32 // of structures in structures: the format has six

var errThrift = errors.New("metadata cut or malformed")

// thrift reads the compact protocol. It keeps nothing and allocates nothing: what a list claims
// to hold costs only what is there. After the first error its methods do nothing.
type thrift struct {
	b     []byte // what is not read yet
	depth int
	err   error
}

func (t *thrift) fail() { t.b, t.err = nil, errThrift }

func (t *thrift) byte() byte {
	if len(t.b) == 0 {
		t.fail()
		return 0
	}
	x := t.b[0]
	t.b = t.b[1:]
	return x
}

func (t *thrift) uvarint() uint64 {
	x, n := binary.Uvarint(t.b)
	if n <= 0 {
		t.fail()
		return 0
	}
	t.b = t.b[n:]
	return x
}

// int reads a number of 16, 32 or 64 bits.
func (t *thrift) int() int64 {
	x := t.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

// text reads bytes, which are those of b.
func (t *thrift) text() []byte {
	n := t.uvarint()
	if n > uint64(len(t.b)) {
		t.fail()
		return nil
	}
	x := t.b[:n]
	t.b = t.b[n:]
	return x
}

// fields reads a structure. f is called for each field, must read or skip its value, and may
// return an error that ends it all.
func (t *thrift) fields(f func(id int, kind byte) error) {
	if t.depth++; t.depth > mostDepth {
		t.fail()
	}
	id := 0
	for t.err == nil {
		head := t.byte()
		kind := head & 15
		if head == 0 || t.err != nil {
			break
		}
		if delta := int(head >> 4); delta > 0 {
			id += delta
		} else {
			id = int(int16(t.int()))
		}
		if err := f(id, kind); err != nil && t.err == nil {
			t.b, t.err = nil, err
		}
	}
	t.depth--
}

// list reads a list of elements, or a set, of which f must read or skip each.
func (t *thrift) list(f func(kind byte)) {
	head := t.byte()
	n := uint64(head >> 4)
	if n == 15 {
		n = t.uvarint()
	}
	for ; n > 0 && t.err == nil; n-- {
		f(head & 15)
	}
}

// skip reads a value of that type and drops it. A boolean in a list is a byte, in a structure it
// is none.
func (t *thrift) skip(kind byte, inList bool) {
	switch {
	case kind == thriftTrue || kind == thriftFalse:
		if inList {
			t.byte()
		}
	case kind == thriftByte:
		t.byte()
	case kind > thriftByte && kind <= thriftI64:
		t.uvarint()
	case kind == thriftDouble:
		if len(t.b) < 8 {
			t.fail()
			return
		}
		t.b = t.b[8:]
	case kind == thriftBinary:
		t.text()
	case kind == thriftList || kind == thriftSet:
		if t.depth++; t.depth > mostDepth {
			t.fail()
		}
		t.list(func(kind byte) { t.skip(kind, true) })
		t.depth--
	case kind == thriftStruct:
		t.fields(func(_ int, kind byte) error { t.skip(kind, false); return nil })
	case kind == thriftMap:
		t.skipMap()
	default:
		t.fail()
	}
}

func (t *thrift) skipMap() {
	n := t.uvarint()
	if n == 0 || t.err != nil {
		return
	}
	if t.depth++; t.depth > mostDepth {
		t.fail()
	}
	for kinds := t.byte(); n > 0 && t.err == nil; n-- {
		t.skip(kinds>>4, true)
		t.skip(kinds&15, true)
	}
	t.depth--
}

// number reads a field that must be a whole number from lo to hi.
func (t *thrift) number(what string, kind byte, lo, hi int64) (int64, error) {
	if kind <= thriftByte || kind > thriftI64 {
		return 0, fmt.Errorf("%s: %w", what, errThrift)
	}
	x := t.int()
	if t.err == nil && (x < lo || x > hi) {
		return 0, fmt.Errorf("%s: got %d, want %d to %d", what, x, lo, hi)
	}
	return x, nil
}
