package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/raster"
)

// picture is what memory holds of a picture of a folder: its name, some 30 bytes, and 40 more.
type picture struct {
	name     string // from the folder on
	size     int64  // of the file, in bytes
	modified int64  // when, in nanoseconds since 1970
	class    int32
}

// tree is the pictures below a directory, in the order of their names, folder by folder. Links
// are followed; a file is a picture if it is named as one or begins as one.
type tree struct {
	root     string
	pictures []picture
	hidden   int           // files and folders passed over, with all below them
	others   int           // files passed over that are no pictures
	an       string        // one of these
	above    []fs.FileInfo // the directories that are being walked, each in the one before
}

// Names that systems leave in folders, beside those that begin with a dot.
var litter = []string{"Thumbs.db", "desktop.ini", "__MACOSX", "@eaDir"}

// extensions are those of pictures, in lower case.
var extensions = []string{".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".avif",
	".heic", ".jxl"}

// deepest bounds how many folders may stand in one another.
const deepest = 64

// walk lists the pictures.
func (t *tree) walk() error {
	st, err := os.Stat(t.root)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", bounded.Name(t.root), nameless(err))
	case !st.IsDir():
		return fmt.Errorf("%s: got %s, want a directory of pictures", bounded.Name(t.root),
			bounded.Kind(st.Mode()))
	}
	return t.dir("", st)
}

// dir lists the directory called name, from the root on.
func (t *tree) dir(name string, st fs.FileInfo) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s: %w", bounded.Name(filepath.Join(t.root, name)), fmt.Errorf(format, args...))
	}
	if slices.ContainsFunc(t.above, func(up fs.FileInfo) bool { return os.SameFile(up, st) }) {
		return fail("got a link to a directory that it is in, want one that ends")
	}
	if len(t.above) == deepest {
		return fail("got %d folders in one another, want fewer", deepest+1)
	}
	entries, err := os.ReadDir(filepath.Join(t.root, name)) // in the order of their names
	if err != nil {
		return fail("%w", nameless(err))
	}
	t.above = append(t.above, st)
	defer func() { t.above = t.above[:len(t.above)-1] }()
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || slices.Contains(litter, e.Name()) {
			t.hidden++
			continue
		}
		if err := t.entry(filepath.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// entry takes up one name of a directory.
func (t *tree) entry(name string) error {
	path := filepath.Join(t.root, name)
	st, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: %w", bounded.Name(path), nameless(err))
	}
	switch {
	case st.IsDir():
		return t.dir(name, st)
	case isPicture(path):
		t.pictures = append(t.pictures, picture{name: name, size: st.Size(),
			modified: st.ModTime().UnixNano()})
		return nil
	}
	t.others++
	t.an = name
	return nil
}

// isPicture reports whether a regular file is named as a picture or begins as one does, of a format
// that is read or not. A pipe is not opened.
func isPicture(path string) bool {
	if slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
		st, err := os.Stat(path)
		return err == nil && st.Mode().IsRegular()
	}
	f, _, err := bounded.Open(path)
	if err != nil {
		return false // by its name it is none; that it cannot be read is nobody's loss
	}
	defer f.Close()
	b, err := head(f, make([]byte, 32))
	format, _ := raster.Sniff(b)
	return err == nil && format != ""
}

// classes gives each picture the folder it is in for a class, and lists these. No folder, or one
// alone, is no class. Where known lists those of the training set, these are the classes, and a folder
// that is not one of them is an error.
func (t *tree) classes(known []string) (names []string, err error) {
	loose := ""
	for i := range t.pictures {
		p := &t.pictures[i]
		name, _, nested := strings.Cut(p.name, string(filepath.Separator))
		if !nested {
			loose = p.name
			continue
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
		p.class = int32(len(names) - 1)
		if known == nil {
			continue
		}
		k := slices.Index(known, name)
		if k < 0 {
			return nil, notTrained(bounded.Name(t.root), name, known, "labels")
		}
		p.class = int32(k)
	}
	if loose != "" && len(names) > 0 {
		return nil, fmt.Errorf("%s: got pictures in it, like %s, and in folders of it, like %s: want all in "+
			"folders, one for each class, or labels=none", bounded.Name(t.root), bounded.Name(loose),
			bounded.Name(names[0]))
	}
	switch {
	case len(names) > 0 && known != nil:
		return known, nil
	case len(names) == 1:
		return nil, nil
	}
	return names, nil
}

// notTrained is the error of a class of the test set that the training set has not: the numbers of
// the two would not be of the same classes. Where says where the class is, key what turns classes off.
func notTrained(where, name string, known []string, key string) error {
	return fmt.Errorf("%s: got the class %s, want those of the training set: %s; or %s=none", where,
		bounded.Name(name), listed(known), key)
}

// passedOver says what was, "" for nothing.
func (t *tree) passedOver() string {
	var what []string
	if t.hidden > 0 {
		what = append(what, fmt.Sprintf("%d hidden", t.hidden))
	}
	if t.others > 0 {
		what = append(what, fmt.Sprintf("%d that are no pictures, like %s", t.others, bounded.Name(t.an)))
	}
	if len(what) == 0 {
		return ""
	}
	return "; passed over: " + strings.Join(what, " and ")
}

// splitAt is the folder of a split in the directory at path, "" where there is none: a directory
// has splits if it has a folder train.
func splitAt(path, split string) string {
	isDir := func(name string) bool {
		st, err := os.Stat(filepath.Join(path, name))
		return err == nil && st.IsDir()
	}
	if path == "" || !isDir("train") {
		return ""
	}
	for _, name := range map[string][]string{"train": {"train"},
		"test": {"test", "val", "valid", "validation"}}[split] {
		if isDir(name) {
			return filepath.Join(path, name)
		}
	}
	return ""
}
