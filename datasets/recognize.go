package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/gunzip"
)

// Found is what a path leads to, as far as a look at its beginning tells.
type Found struct {
	Path string
	Dir  bool   // a directory; else a regular file
	Head []byte // the first bytes of a file, at most 4 KiB: of its content, where it is gzipped
	Zip  bool   // the file is gzipped
}

// foundHead is how many first bytes of a file there are in [Found].
const foundHead = 4 << 10

// Has reports whether a directory has one of these regular files.
func (f Found) Has(names ...string) bool {
	for _, name := range names {
		if st, err := os.Stat(filepath.Join(f.Path, name)); f.Dir && err == nil && st.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// Recognizer is how a source is known to read what a path leads to.
type Recognizer struct {
	What string // it looks for, as a message lists it: "a directory of pictures"
	// Is returns the parameters beside path with which the source reads f, if it does. It
	// may look further than f has, within bounds of its own, and opens no pipe.
	Is func(f Found) (v choice.Values, ok bool)
}

// Recognize is the choice of a source that reads what path leads to, by its content. Where name
// is not empty, it is of that source, recognised or not. What none knows is an error, and what
// several do: one that lists what was looked for.
func Recognize(path, name string) (choice.Choice, error) {
	fail := func(format string, args ...any) (choice.Choice, error) {
		return choice.Choice{}, fmt.Errorf("datasets: Recognize: %s: %w", bounded.Name(path),
			fmt.Errorf(format, args...))
	}
	f, err := look(path)
	if err != nil {
		return fail("%w", err)
	}
	var known []choice.Choice
	var sought []string
	for _, e := range Sources.Entries {
		is := e.Make.Recognize.Is
		if is == nil && e.Name != name || name != "" && e.Name != name {
			continue
		}
		v, ok := choice.Values{}, e.Name == name
		if is != nil {
			sought = append(sought, fmt.Sprintf("%s (%s)", e.Make.Recognize.What, e.Name))
			if more, is := is(f); is {
				v, ok = more, true
			}
		}
		if ok {
			c := choice.Choice{Kind: e.Name, Params: v}.Clone()
			if c.Params == nil {
				c.Params = choice.Values{}
			}
			c.Params["path"] = path
			known = append(known, c)
		}
	}
	switch {
	case name != "" && len(known) == 0:
		return fail("%w", &choice.Fault{Path: "name", Got: choice.Show(name),
			Want: choice.OneOf(name, Sources.Names())})
	case len(known) == 0:
		return fail("%w", &Unknown{f.Head, f.kind(), strings.Join(sought, ", or ")})
	case len(known) > 1:
		var names []string
		for _, c := range known {
			names = append(names, c.Kind)
		}
		return fail("got %s that %s can read, want data.name to say which", f.kind(),
			strings.Join(names, " and "))
	}
	return known[0], nil
}

// Unknown is the error of [Recognize] for what no source reads.
type Unknown struct {
	Head      []byte // as of [Found]
	got, want string
}

// Error says what was found and all that was looked for.
func (u *Unknown) Error() string { return fmt.Sprintf("got %s, want %s", u.got, u.want) }

// kind says what f is, for a message.
func (f Found) kind() string {
	switch {
	case f.Dir:
		return "a directory"
	case len(f.Head) == 0:
		return "an empty file"
	}
	return "a file that begins with " + bounded.Quote(string(f.Head[:min(len(f.Head), 8)]))
}

// look finds what path leads to, and opens it only where it is a regular file.
func look(path string) (Found, error) {
	st, err := os.Stat(path)
	if err != nil {
		return Found{}, nameless(err)
	}
	if st.IsDir() {
		return Found{Path: path, Dir: true}, nil
	}
	file, _, err := bounded.Open(path)
	if err != nil {
		return Found{}, nameless(err)
	}
	defer file.Close()
	f := Found{Path: path, Head: make([]byte, foundHead)}
	if f.Head, err = head(file, f.Head); err != nil || !gunzip.Zipped(f.Head) {
		return f, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return f, err
	}
	zip, err := gunzip.NewReader(file)
	if err != nil {
		return f, nil // two bytes that happen to be those of gzip
	}
	if content, err := head(zip, make([]byte, foundHead)); err == nil {
		f.Head, f.Zip = content, true
	}
	return f, nil
}

// nameless is err without the path in it, which may have characters that end a line: whoever
// reports it names the path in quotes.
func nameless(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", at.Op, at.Err)
	}
	return err
}

// head reads what there is, at most len(b) bytes of it.
func head(r io.Reader, b []byte) ([]byte, error) {
	n, err := io.ReadFull(r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return b[:n], err
}
