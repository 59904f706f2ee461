package emu

import (
	"fmt"
	"strings"
)

// kind of token.
type tokKind uint8

const (
	tokEOF    tokKind = iota
	tokIdent          // opcode, directive, register or name; dots belong to it
	tokNumber         // as written
	tokString         // without its quotes
	tokPunct          // one byte
)

type token struct {
	kind tokKind
	text string
	line int32
}

// syntaxError is a fault in the text of a module, with its place.
type syntaxError struct {
	line int32
	msg  string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.msg) }

// caught is the syntax error that a panic carried, nil for none. Any other
// panic is a fault of this package and goes on.
func caught(e any) error {
	switch e := e.(type) {
	case nil:
		return nil
	case *syntaxError:
		return e
	default:
		panic(e)
	}
}

func identStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c == '%' || c == '.'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// lex splits PTX into tokens. Time and memory are linear in the text.
func lex(src string) ([]token, error) {
	toks := make([]token, 0, len(src)/4+1)
	line := int32(1)
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r' || c == 0:
			i++
		case c == '/' && i+1 < len(src) && src[i+1] == '/':
			for i < len(src) && src[i] != '\n' {
				i++
			}
		case c == '/' && i+1 < len(src) && src[i+1] == '*':
			j := i + 2
			for j+1 < len(src) && !(src[j] == '*' && src[j+1] == '/') {
				if src[j] == '\n' {
					line++
				}
				j++
			}
			if j+1 >= len(src) {
				return nil, &syntaxError{line, "comment without an end"}
			}
			i = j + 2
		case c == '"':
			j := i + 1
			for j < len(src) && src[j] != '"' && src[j] != '\n' {
				j++
			}
			if j == len(src) || src[j] == '\n' {
				return nil, &syntaxError{line, "string without an end"}
			}
			toks = append(toks, token{tokString, src[i+1 : j], line})
			i = j + 1
		case digit(c) || c == '.' && i+1 < len(src) && digit(src[i+1]):
			j := numberEnd(src, i)
			toks = append(toks, token{tokNumber, src[i:j], line})
			i = j
		case identStart(c):
			j := identEnd(src, i)
			toks = append(toks, token{tokIdent, src[i:j], line})
			i = j
		case c > ' ' && c < 127:
			toks = append(toks, token{tokPunct, src[i : i+1], line})
			i++
		default:
			return nil, &syntaxError{line, fmt.Sprintf("byte %#02x is not PTX", c)}
		}
	}
	return append(toks, token{tokEOF, "", line}), nil
}

// numberEnd returns where the number that starts at i ends; an exponent may be signed.
func numberEnd(src string, i int) int {
	hex := i+1 < len(src) && src[i] == '0' && strings.IndexByte("xXfFdD", src[i+1]) >= 0
	j := i
	for j < len(src) {
		c := src[j]
		switch {
		case digit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.':
			j++
		case (c == '+' || c == '-') && !hex && src[j-1]|0x20 == 'e':
			j++
		default:
			return j
		}
	}
	return j
}

// identEnd returns where the identifier that starts at i ends; a double colon
// inside, as in .shared::cta, belongs to it.
func identEnd(src string, i int) int {
	j := i + 1
	for j < len(src) {
		c := src[j]
		switch {
		case identStart(c) || digit(c):
			j++
		case c == ':' && j+2 < len(src) && src[j+1] == ':' && (identStart(src[j+2]) || digit(src[j+2])):
			j += 2
		default:
			return j
		}
	}
	return j
}
