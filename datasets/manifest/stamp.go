package manifest

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/stillfield/stillfield/format/bounded"
)

// A Stamp is what tells a file from another with its name: equal stamps are taken for equal
// contents.
type Stamp struct {
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // nanoseconds since 1970
	Inode    uint64 `json:"inode"`    // 0 where the system has none
}

// StampOf is the stamp of a file whose description the system has given.
func StampOf(st fs.FileInfo) Stamp { return Stamp{st.Size(), st.ModTime().UnixNano(), inode(st)} }

// Stat is the stamp of the regular file at path.
func Stat(path string) (Stamp, error) {
	st, err := os.Stat(path)
	if err != nil {
		return Stamp{}, err
	}
	if !st.Mode().IsRegular() {
		return Stamp{}, fmt.Errorf("%s: got %s, want a regular file", bounded.Name(path),
			bounded.Kind(st.Mode()))
	}
	return StampOf(st), nil
}

// Check compares the file at path with the stamp that it had, when being what it was at the time.
func (s Stamp) Check(path, when string) error {
	now, err := Stat(path)
	if err != nil {
		return fmt.Errorf("%w: it was there %s", err, when)
	}
	return s.compare(now, path, when)
}

func (s Stamp) compare(now Stamp, path, when string) error {
	switch {
	case now == s:
		return nil
	case now.Size != s.Size:
		return fmt.Errorf("%s: the file has changed: it has %d bytes, and had %d %s", bounded.Name(path),
			now.Size, s.Size, when)
	case now.Inode != s.Inode:
		return fmt.Errorf("%s: the file has changed: it is another than %s", bounded.Name(path), when)
	}
	return fmt.Errorf("%s: the file has changed: it was written to after it was looked at %s",
		bounded.Name(path), when)
}

// name is the name of a file as JSON can have it: one that is not UTF-8, or looks like a quoted
// one, in Go's quotes.
type name string

func (n name) MarshalText() ([]byte, error) {
	if !utf8.ValidString(string(n)) || len(n) > 0 && n[0] == '"' {
		return []byte(strconv.QuoteToASCII(string(n))), nil
	}
	return []byte(n), nil
}

func (n *name) UnmarshalText(text []byte) error {
	*n = name(text)
	if len(text) == 0 || text[0] != '"' {
		return nil
	}
	s, err := strconv.Unquote(string(text))
	*n = name(s)
	return err
}
