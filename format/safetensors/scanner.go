package safetensors

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
)

// scanner reads JSON of a known form, which every nested value has a method for:
// it never goes deeper than the form. It refuses a repeated key, a key that is too
// long and anything unexpected, and its strings are parts of the text, so that it
// takes little memory however long they are. Unlike encoding/json's decoder it
// copies nothing, and what it says of a value is short.
type scanner struct {
	text string
	at   int // of the next byte
}

// maxKey is the most bytes of a key: a tensor's name, and what a checksum's key
// puts before it.
const maxKey = maxName + len(checksumKey+".")

// mostDigits is the longest number that a header may have, with a sign.
const mostDigits = "-9223372036854775807"

// more passes over white space and reports whether there is more text behind it.
func (s *scanner) more() bool {
	for s.at < len(s.text) && strings.IndexByte(" \t\n\r", s.text[s.at]) >= 0 {
		s.at++
	}
	return s.at < len(s.text)
}

// stands reports whether c is next, white space aside.
func (s *scanner) stands(c byte) bool { return s.more() && s.text[s.at] == c }

// take passes over c if it is next.
func (s *scanner) take(c byte) bool {
	if !s.stands(c) {
		return false
	}
	s.at++
	return true
}

// fail says what stands at the present place instead of what was wanted.
func (s *scanner) fail(want string) error {
	if !s.more() {
		return fmt.Errorf("byte %d: got the end of the text (unexpected EOF), want %s", s.at, want)
	}
	return fmt.Errorf("byte %d: got %s, want %s", s.at, s.word(), want)
}

// word is the value at the present place, cut, for an error.
func (s *scanner) word() string {
	rest := s.text[s.at:]
	if rest[0] == '"' {
		inner, _, _ := strings.Cut(rest[1:], `"`)
		return bounded.Quote(inner)
	}
	n := strings.IndexAny(rest, "\",:[]{} \t\r\n")
	switch {
	case n == 0:
		n = 1
	case n < 0:
		n = len(rest)
	}
	if n <= len(mostDigits) {
		return bounded.Name(rest[:n])
	}
	return bounded.Quote(rest[:n])
}

// object reads an object of at most limit members. It calls member for each key in
// turn, which reads the value.
func (s *scanner) object(limit int, member func(key string) error) error {
	if !s.take('{') {
		return s.fail("an object")
	}
	seen := map[string]bool{}
	for more := !s.take('}'); more; more = s.take(',') {
		key, err := s.string(maxKey)
		if err != nil {
			return err
		}
		if seen[key] {
			return fmt.Errorf("key %s appears twice", bounded.Quote(key))
		}
		if len(seen) == limit {
			return fmt.Errorf("more than %d members", limit)
		}
		seen[key] = true
		if !s.take(':') {
			return s.fail("a colon")
		}
		if err := member(key); err != nil {
			return err
		}
	}
	if len(seen) > 0 && !s.take('}') {
		return s.fail("a comma or the end of the object")
	}
	return nil
}

// string reads a string of at most limit bytes.
func (s *scanner) string(limit int) (string, error) {
	if !s.stands('"') {
		return "", s.fail("a string")
	}
	start, escaped := s.at, false
	for s.at++; s.at < len(s.text) && s.text[s.at] != '"'; s.at++ {
		switch c := s.text[s.at]; {
		case c < ' ':
			return "", fmt.Errorf("byte %d: got the character %#02x in a string, want its escape", s.at, c)
		case c == '\\':
			escaped = true
			s.at++
		}
	}
	if s.at >= len(s.text) {
		s.at = len(s.text)
		return "", s.fail("the end of a string")
	}
	s.at++
	v := s.text[start+1 : s.at-1]
	if escaped && len(v) <= 6*limit { // an escape is of at most six bytes
		if err := json.Unmarshal([]byte(s.text[start:s.at]), &v); err != nil {
			return "", fmt.Errorf("byte %d: %w", start, err)
		}
	}
	if len(v) > limit {
		return "", fmt.Errorf("byte %d: got the string %s, want at most %d bytes",
			start, bounded.Quote(v), limit)
	}
	return v, nil
}

// integers reads an array of at most limit integers ≥ 0.
func (s *scanner) integers(limit int) ([]int64, error) {
	if !s.take('[') {
		return nil, s.fail("an array")
	}
	var v []int64
	for more := !s.take(']'); more; more = s.take(',') {
		s.more()
		digits := s.text[s.at:min(s.at+len(mostDigits)+1, len(s.text))]
		digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789.+-eE"))]
		i, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || strconv.FormatInt(i, 10) != digits || i < 0 {
			return nil, s.fail("an integer in [0, 2⁶³)")
		}
		if len(v) == limit {
			return nil, fmt.Errorf("more than %d numbers", limit)
		}
		v = append(v, i)
		s.at += len(digits)
	}
	if len(v) > 0 && !s.take(']') {
		return nil, s.fail("a comma or the end of the array")
	}
	return v, nil
}
