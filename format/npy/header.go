package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/element"
)

// fileHeader is what the header says, with the decoder of its elements.
type fileHeader struct {
	descr   string
	width   int // bytes of one element
	decode  element.Decoder
	fortran bool
	shape   []int
}

func readHeader(r io.Reader) (*fileHeader, error) {
	var first [len(magic) + 2]byte
	if _, err := io.ReadFull(r, first[:]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, errMagic
	} else if err != nil {
		return nil, err
	}
	if string(first[:len(magic)]) != magic {
		return nil, errMagic
	}
	major, minor := first[len(magic)], first[len(magic)+1]
	if major < 1 || major > 3 || minor != 0 {
		return nil, fmt.Errorf("version %d.%d, want 1.0, 2.0 or 3.0", major, minor)
	}
	var size [4]byte
	n := 2
	if major > 1 {
		n = 4
	}
	if _, err := io.ReadFull(r, size[:n]); err != nil {
		return nil, inHeader(err)
	}
	length := binary.LittleEndian.Uint32(size[:])
	if length > maxHeader {
		return nil, fmt.Errorf("header of %d bytes, want at most %d", length, maxHeader)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, inHeader(err)
	}
	return parseHeader(string(text))
}

// inHeader names a file that ends within its header.
func inHeader(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("file truncated within its header")
	}
	return err
}

// parseHeader reads the dictionary: three keys, each once, in any order.
func parseHeader(text string) (*fileHeader, error) {
	p := &literal{text: text}
	h := &fileHeader{}
	seen := map[string]bool{}
	p.want("{")
	for p.err == nil && !p.take("}") {
		key := p.quoted()
		p.want(":")
		if seen[key] {
			p.fail("key %s appears twice", bounded.Quote(key))
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.take("[") {
				p.fail("a structured array, want one of numbers")
			}
			h.descr = p.quoted()
		case "fortran_order":
			h.fortran = p.boolean()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("unknown key %s", bounded.Quote(key))
		}
		if !p.take(",") {
			p.want("}")
			break
		}
	}
	if p.err == nil && strings.TrimRight(p.text[p.at:], " \n") != "" {
		p.fail("text after the closing }")
	}
	if p.err == nil && len(seen) != 3 {
		p.fail("%d keys, want descr, fortran_order and shape", len(seen))
	}
	if p.err != nil {
		return nil, p.err
	}
	return h, h.elements()
}

// elements finds the decoder for descr: a byte order, a letter and a width.
func (h *fileHeader) elements() error {
	d := h.descr
	refuse := fmt.Errorf("type %s, want one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1, with <, > or |",
		bounded.Quote(d))
	if strings.HasSuffix(d, "O") {
		return fmt.Errorf("type %s: objects are a pickle, which is not executed; want an array of numbers",
			bounded.Quote(d))
	}
	if len(d) != 3 {
		return refuse
	}
	var order binary.ByteOrder = binary.LittleEndian
	h.width = int(d[2] - '0')
	switch {
	case d[0] == '>':
		order = binary.BigEndian
	case d[0] == '|' && h.width != 1, !strings.Contains("<|", d[:1]):
		return refuse
	}
	switch {
	case d[1] == 'f':
		h.decode = element.NewDecoder(element.Float, h.width, order)
	case d[1] == 'i':
		h.decode = element.NewDecoder(element.Int, h.width, order)
	case d[1] == 'u', d[1:] == "b1":
		h.decode = element.NewDecoder(element.Uint, h.width, order)
	}
	if h.decode == nil {
		return refuse
	}
	return nil
}

// literal reads the few forms of Python a header has. After the first error its
// methods do nothing.
type literal struct {
	text string
	at   int
	err  error
}

func (p *literal) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("header: byte %d: %s", p.at, fmt.Sprintf(format, args...))
	}
}

// take skips spaces, and then s if it stands there.
func (p *literal) take(s string) bool {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
	if p.err != nil || !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *literal) want(s string) {
	if !p.take(s) {
		p.fail("want %q", s)
	}
}

// quoted reads a string without escapes.
func (p *literal) quoted() string {
	quote := "'"
	if !p.take(quote) {
		quote = `"`
		if !p.take(quote) {
			p.fail("want a string")
			return ""
		}
	}
	n := strings.IndexAny(p.text[p.at:], quote+"\\\n")
	if n < 0 || p.text[p.at+n] != quote[0] {
		p.fail("want a string without escapes")
		return ""
	}
	s := p.text[p.at : p.at+n]
	p.at += n + 1
	return s
}

func (p *literal) boolean() bool {
	if p.take("True") {
		return true
	}
	if !p.take("False") {
		p.fail("want True or False")
	}
	return false
}

// tuple reads (), (2,) or (2, 3), with the L that Python 2 put after a long.
func (p *literal) tuple() []int {
	dims := []int{}
	p.want("(")
	for p.err == nil && !p.take(")") {
		if len(dims) == maxRank {
			p.fail("more than %d dimensions", maxRank)
		}
		p.take("")
		n := len(p.text[p.at:]) - len(strings.TrimLeft(p.text[p.at:], "0123456789"))
		d, err := strconv.Atoi(p.text[p.at : p.at+n])
		if err != nil {
			p.fail("want a dimension, an integer ≥ 0")
			return nil
		}
		p.at += n
		p.take("L")
		dims = append(dims, d)
		if !p.take(",") {
			if len(dims) == 1 {
				p.fail("(%d) is not a tuple, want (%d,)", d, d)
			}
			p.want(")")
			break
		}
	}
	return dims
}
