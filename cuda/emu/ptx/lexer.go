package ptx

import (
	"fmt"
	"strings"
)

// tokKind is the kind of a token.
type tokKind uint8

const (
	tokEOF    tokKind = iota
	tokIdent          // opcode, directive, register or name; dots belong to it
	tokNumber         // as written
	tokString         // without its quotes
	tokPunct          // one byte
)

// token is a piece of the text that no space or comment divides.
type token struct {
	kind tokKind
	text string
	line int32
}

// identStart says whether c may begin an identifier; a dot begins a directive, % a register.
func identStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$' || c == '%' || c == '.'
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// lex splits PTX into tokens. Time and memory are linear in the text.
func lex(src string) ([]token, error) {
	toks := make([]token, 0, len(src)/4+1)
	line := int32(1)
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '\n':
			line++
			i++
		case c == ' ' || c == '\t' || c == '\r' || c == 0:
			i++
		case strings.HasPrefix(src[i:], "//") || strings.HasPrefix(src[i:], "/*"):
			n := commentLength(src[i:])
			if n < 0 {
				return nil, &Error{line, "comment without an end"}
			}
			line += int32(strings.Count(src[i:i+n], "\n"))
			i += n
		case c == '"':
			n := strings.IndexAny(src[i+1:], "\"\n")
			if n < 0 || src[i+1+n] == '\n' {
				return nil, &Error{line, "string without an end"}
			}
			toks = append(toks, token{tokString, src[i+1 : i+1+n], line})
			i += n + 2
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
			return nil, &Error{line, fmt.Sprintf("byte %#02x is not PTX", c)}
		}
	}
	return append(toks, token{tokEOF, "", line}), nil
}

// commentLength is the number of bytes of the comment that s begins with, without the end of a line; −1 if it
// has no end.
func commentLength(s string) int {
	if s[1] == '/' {
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return n
		}
		return len(s)
	}
	n := strings.Index(s[2:], "*/")
	if n < 0 {
		return -1
	}
	return n + 4
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
