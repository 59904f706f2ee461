package datasets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
)

// maxPicture bounds the file of a picture, in bytes.
const maxPicture = 1 << 28

// pictureFolder are the pictures of a directory. Memory holds what [picture] does of each.
type pictureFolder struct {
	root string
	list []picture
}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "folder", Example: "folder:path=data/mine,size=64",
	About: "the pictures of a directory, each folder in it a class: JPEG, PNG, GIF, WebP, TIFF, BMP",
	Params: append([]choice.Param{
		{Name: "path", Default: "",
			About: "the directory, or one with folders train and test (or val), which are then the splits"},
		{Name: "labels", Default: "folders", In: choice.Words("folders", "none"),
			About: "whether a folder in the directory is a class"},
		split,
	}, pictureParams...),
	Make: Opener{
		Open:      func(v choice.Values) (Source, error) { return openFolder(v) },
		Tested:    func(v choice.Values) bool { return splitAt(v.Text("path"), "test") != "" },
		Resizes:   true,
		Recognize: Recognizer{"a directory of pictures", isFolder},
	},
})

// openFolder lists the pictures, and looks at every one.
func openFolder(v choice.Values) (Source, error) {
	path := v.Text("path")
	if path == "" {
		return nil, &choice.Fault{Path: "path", Got: "none", Want: "a directory of pictures"}
	}
	f := &pictureFolder{root: path}
	if part := splitAt(path, v.Text("split")); part != "" {
		f.root = part
	} else if v.Text("split") != "train" {
		return nil, &choice.Fault{Path: "split", Got: choice.Show(v.Text("split")),
			Want: "train: there are no folders train and test in " + bounded.Name(path)}
	}
	e, err := f.open(v)
	if err != nil {
		return nil, fmt.Errorf("datasets: folder: %w", err)
	}
	return e, nil
}

func (f *pictureFolder) open(v choice.Values) (*encoded, error) {
	t := tree{root: f.root}
	if err := t.walk(); err != nil {
		return nil, err
	}
	if len(t.pictures) == 0 {
		return nil, fmt.Errorf(
			"%s: got no picture%s, want at least one",
			bounded.Name(f.root),
			t.passedOver(),
		)
	}
	f.list = t.pictures
	var names []string
	var classes []int32
	if v.Text("labels") == "folders" {
		known, err := trainClasses(v)
		if err != nil {
			return nil, err
		}
		if names, err = t.classes(known); err != nil {
			return nil, err
		}
	}
	for i := range f.list {
		if names != nil {
			classes = append(classes, f.list[i].class)
		}
	}
	e, err := newEncoded("folder", f, len(f.list), classes, names, v)
	if err == nil {
		e.note(t.passedOver())
	}
	return e, err
}

// trainClasses are the classes of the training set, where v is of the test set: a class has one number
// in both. nil where there are none.
func trainClasses(v choice.Values) ([]string, error) {
	if v.Text("split") == "train" {
		return nil, nil
	}
	t := tree{root: splitAt(v.Text("path"), "train")}
	if err := t.walk(); err != nil {
		return nil, err
	}
	return t.classes(nil)
}

// picture reads the file of one, which must be the one that was there at opening.
func (f *pictureFolder) picture(i int) ([]byte, error) {
	p := &f.list[i]
	path := filepath.Join(f.root, p.name)
	st, err := os.Stat(path)
	if err == nil && (st.Size() != p.size || st.ModTime().UnixNano() != p.modified) {
		err = errors.New("the file has changed since the data were opened")
	}
	var data []byte
	if err == nil {
		data, err = bounded.ReadFile(path, maxPicture)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", bounded.Name(path), nameless(err))
	}
	return data, nil
}

func (f *pictureFolder) files() (root string, names []string, single bool) {
	for _, p := range f.list {
		names = append(names, p.name)
	}
	return f.root, names, true
}

func (f *pictureFolder) from() string { return "" }

func (f *pictureFolder) record(i int) (file, record string) {
	return filepath.Join(f.root, f.list[i].name), ""
}
