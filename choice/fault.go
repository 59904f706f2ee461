package choice

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Fault is one thing wrong with a value, at a path such as optimizer.lr. The path is
// empty where the value is all there is.
type Fault struct {
	Path      string
	Got, Want string // in words, a text in quotes
}

// Error prints path: got, want, in one line. A path may be a key that somebody wrote: it
// is quoted where it would not print, and cut where it is long.
func (f *Fault) Error() string {
	text := fmt.Sprintf("got %s, want %s", f.Got, f.Want)
	const most = 120 // characters
	path := f.Path
	if r := []rune(path); len(r) > most {
		path = string(r[:most]) + "…"
	}
	if strings.ContainsFunc(path, func(r rune) bool { return !unicode.IsPrint(r) }) {
		path = strconv.Quote(path)
	}
	if path == "" {
		return text
	}
	return path + ": " + text
}

// Faults are all that is wrong with something. As an error it prints one fault a
// line, and errors.As finds each of them.
type Faults []*Fault

// Error prints one fault a line.
func (fs Faults) Error() string { return errors.Join(fs.Unwrap()...).Error() }

// Unwrap lists the faults as errors.
func (fs Faults) Unwrap() []error {
	errs := make([]error, len(fs))
	for i, f := range fs {
		errs[i] = f
	}
	return errs
}

// Err is fs as an error, nil where there is none.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Add appends a fault. got is printed as [Show] prints it.
func (fs *Faults) Add(path string, got any, want string) {
	*fs = append(*fs, &Fault{path, Show(got), want})
}

// Want adds a fault unless ok.
func (fs *Faults) Want(ok bool, path string, got any, want string) {
	if !ok {
		fs.Add(path, got, want)
	}
}

// Under returns the faults with their paths inside a section.
func (fs Faults) Under(section string) Faults {
	moved := make(Faults, len(fs))
	for i, f := range fs {
		moved[i] = &Fault{Join(section, f.Path), f.Got, f.Want}
	}
	return moved
}

// FaultsOf returns the faults that err is made of, and whether it is made of nothing
// else.
func FaultsOf(err error) (Faults, bool) {
	switch e := err.(type) {
	case Faults:
		return e, true
	case *Fault:
		return Faults{e}, true
	}
	return nil, false
}

// Join is the path of a key in a section. Either may be empty.
func Join(section, key string) string {
	if section == "" || key == "" {
		return section + key
	}
	return section + "." + key
}
