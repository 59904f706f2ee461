package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
)

// mostShards bounds the files of one source, which stay open.
const mostShards = 1 << 14

// shards are the files that a path names, in the order in which their samples are numbered: the
// file itself; those in a directory whose names end in one of the extensions, by name; those
// of a pattern like data/*.tar, by name; those of data/{000..146}.tar or data/{a,b}.tar, as that says.
//
// Of files in a directory some of which are called after a split, as train-00000-of-00002 is,
// those of the split are meant. Of a file or pattern that has train in its name, the test set is
// the one with test, val or validation in that place.
func shards(path, split string, extensions ...string) ([]string, error) {
	if path == "" {
		return nil, &choice.Fault{
			Path: "path",
			Got:  "none",
			Want: "a file, a directory or a pattern of files that " +
				"end in " + strings.Join(extensions, " or "),
		}
	}
	var files []string
	st, err := os.Stat(path)
	switch {
	case err == nil && st.IsDir():
		files, err = inDirectory(path, extensions)
		if err == nil {
			files = ofSplit(files, split)
		}
	case split == "train":
		files, err = matching(path)
	default:
		for _, other := range others(path) {
			files, err = matching(other)
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			if err != nil || len(files) > 0 {
				break
			}
		}
	}
	switch {
	case err != nil:
		return nil, err
	case len(files) == 0 && split != "train":
		return nil, &choice.Fault{Path: "split", Got: choice.Show(split), Want: "train: no file of " +
			bounded.Name(path) + " is called after the test set"}
	case len(files) == 0:
		return nil, fmt.Errorf("%s: got no file that ends in %s", bounded.Name(path),
			strings.Join(extensions, " or "))
	case len(files) > mostShards:
		return nil, fmt.Errorf(
			"%s: got %d files, want at most %d",
			bounded.Name(path),
			len(files),
			mostShards,
		)
	}
	return files, nil
}

// testNames are what a test set is called, in the order in which they are looked for.
var testNames = []string{"test", "validation", "valid", "val"}

// others are the paths of a test set beside one that has train in its name.
func others(path string) (all []string) {
	dir, base := filepath.Split(path)
	if at := strings.LastIndex(base, "train"); at >= 0 {
		for _, name := range testNames {
			all = append(all, dir+base[:at]+name+base[at+len("train"):])
		}
	}
	return all
}

// inDirectory lists the files of a directory, and of the directory data in it, that end so.
func inDirectory(dir string, extensions []string) (files []string, err error) {
	for _, below := range []string{"", "data"} {
		at := filepath.Join(dir, below)
		entries, err := os.ReadDir(at)
		if err != nil && below == "" {
			return nil, nameless(err)
		}
		for _, e := range entries {
			ends := func(ext string) bool { return strings.HasSuffix(e.Name(), ext) }
			if !strings.HasPrefix(e.Name(), ".") && !e.IsDir() && slices.ContainsFunc(extensions, ends) {
				files = append(files, filepath.Join(at, e.Name()))
			}
		}
		if len(files) > 0 {
			break
		}
	}
	return files, nil
}

// ofSplit are those of the files that are called after the split; all are the training set where
// none is.
func ofSplit(files []string, split string) []string {
	called := func(names ...string) (some []string) {
		for _, file := range files {
			base := filepath.Base(file)
			for _, name := range names {
				rest, is := strings.CutPrefix(base, name)
				if is && (rest == "" || rest[0] < 'a' || rest[0] > 'z') {
					some = append(some, file)
					break
				}
			}
		}
		return some
	}
	if split == "train" {
		if train := called("train"); len(train) > 0 {
			return train
		}
		if len(called(testNames...)) == 0 {
			return files
		}
		return nil
	}
	for _, name := range testNames {
		if test := called(name); len(test) > 0 {
			return test
		}
	}
	return nil
}

// matching lists the files that a pattern names. A path without one is itself.
func matching(pattern string) (files []string, err error) {
	if _, err := os.Stat(pattern); err == nil {
		return []string{pattern}, nil
	}
	before, rest, open := strings.Cut(pattern, "{")
	inside, after, closed := strings.Cut(rest, "}")
	if open && closed {
		items, err := braces(inside)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", bounded.Name(pattern), err)
		}
		for _, item := range items {
			more, err := matching(before + item + after)
			if err != nil {
				return nil, err
			}
			if files = append(files, more...); len(files) > mostShards {
				return nil, fmt.Errorf("%s: got more than %d files", bounded.Name(pattern), mostShards)
			}
		}
		return files, nil
	}
	if !strings.ContainsAny(pattern, "*?[") {
		_, err := os.Stat(pattern)
		return nil, fmt.Errorf("%s: %w", bounded.Name(pattern), nameless(err))
	}
	if files, err = filepath.Glob(pattern); err != nil {
		return nil, fmt.Errorf("%s: %w", bounded.Name(pattern), err)
	}
	return files, nil
}

// braces are the texts that a,b or 000..146 stands for.
func braces(inside string) ([]string, error) {
	first, last, isRange := strings.Cut(inside, "..")
	if !isRange {
		return strings.Split(inside, ","), nil
	}
	lo, err1 := strconv.Atoi(first)
	hi, err2 := strconv.Atoi(last)
	if err := cmp.Or(err1, err2); err != nil || lo < 0 || hi < lo || hi-lo >= mostShards {
		return nil, fmt.Errorf("got {%s}, want {FIRST..LAST} of at most %d numbers", inside, mostShards)
	}
	var items []string
	for n := lo; n <= hi; n++ {
		items = append(items, fmt.Sprintf("%0*d", len(first), n))
	}
	return items, nil
}

// tested reports whether there are shards of a test set.
func tested(extensions ...string) func(v choice.Values) bool {
	return func(v choice.Values) bool {
		files, err := shards(v.Text("path"), "test", extensions...)
		return err == nil && len(files) > 0
	}
}

// hasShard reports whether a directory, or the directory data in it, has a file that ends so.
func hasShard(dir, extension string) bool {
	files, err := inDirectory(dir, []string{extension})
	return err == nil && len(files) > 0
}
