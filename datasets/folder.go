package datasets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/raster"
)

// maxPicture bounds the file of a picture, in bytes.
const maxPicture = 1 << 28

// pictureFolder is a source whose samples are the pictures of a directory, decoded as they are asked
// for. Memory holds what [picture] does of each and, where all of them fit in what the parameter
// cache allows, their pixels once they have been read.
type pictureFolder struct {
	info   Info
	root   string
	list   []picture
	names  []string // of the classes
	notes  []string
	wanted raster.Wanted
	value  [256]float32
	kept   *kept // nil where pixels are not kept
}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "folder", Example: "folder:path=data/mine,size=64",
	About: "the pictures of a directory, each folder in it a class: JPEG, PNG, GIF, WebP, TIFF, BMP",
	Params: []choice.Param{
		{Name: "path", Default: "",
			About: "the directory, or one with folders train and test (or val), which are then the splits"},
		{Name: "fit", Default: "crop", In: choice.Words(raster.FitNames()...),
			About: "how a picture gets the size: resized to cover it and cropped, stretched, or padded"},
		{Name: "channels", Default: 0, In: choice.Where("1, 3, or 0 for 1 where all are grey and 3 else",
			func(c int) bool { return c == 0 || c == 1 || c == 3 }), About: "1 for grey, 3 for colour"},
		{Name: "background", Default: "white", In: choice.Where("white, black or #rrggbb", isColour),
			About: "what shows where a picture is transparent, and pads it"},
		{Name: "labels", Default: "folders", In: choice.Words("folders", "none"),
			About: "whether a folder in the directory is a class"},
		{Name: "cache", Default: 256, In: choice.Between(0, 1<<20, "MiB"),
			About: "MiB in which decoded pictures are kept, where all of them fit"},
		split,
	},
	Make: Opener{
		Open:      func(v choice.Values) (Source, error) { return openFolder(v) },
		Tested:    func(v choice.Values) bool { return splitAt(v.Text("path"), "test") != "" },
		Resizes:   true,
		Recognize: Recognizer{"a directory of pictures", isFolder},
	},
})

// isColour reports whether s names a colour.
func isColour(s string) bool { _, ok := colour(s); return ok }

// colour is red, green and blue of a name or of #rrggbb.
func colour(s string) (c [3]uint8, ok bool) {
	switch s {
	case "white":
		return [3]uint8{255, 255, 255}, true
	case "black":
		return c, true
	}
	digits, marked := strings.CutPrefix(s, "#")
	v, err := strconv.ParseUint(digits, 16, 24)
	return [3]uint8{uint8(v >> 16), uint8(v >> 8), uint8(v)}, marked && len(digits) == 6 && err == nil
}

// openFolder lists the pictures and reads each once, for the fingerprint and its header. It
// decodes none.
func openFolder(v choice.Values) (Source, error) {
	path := v.Text("path")
	if path == "" {
		return nil, &choice.Fault{Path: "path", Got: "none", Want: "a directory of pictures"}
	}
	f := &pictureFolder{root: path, value: byteValues(255),
		info: Info{Name: "folder", Image: true, Lo: -1, Hi: 1, Levels: 256}}
	if part := splitAt(path, v.Text("split")); part != "" {
		f.root = part
	} else if v.Text("split") != "train" {
		return nil, &choice.Fault{Path: "split", Got: choice.Show(v.Text("split")),
			Want: "train: there are no folders train and test in " + bounded.Name(path)}
	}
	f.wanted.Background, _ = colour(v.Text("background"))
	f.wanted.Fit, _ = raster.FitNamed(v.Text("fit"))
	f.wanted.H, f.wanted.W, f.wanted.C = v.Int("size"), v.Int("size"), v.Int("channels")
	if err := f.open(v); err != nil {
		return nil, fmt.Errorf("datasets: folder: %w", err)
	}
	if bytes := f.info.Count * f.info.Shape.Len(); bytes <= v.Int("cache")<<20 {
		f.kept = newKept(f.info.Count)
	}
	return f, nil
}

func (f *pictureFolder) open(v choice.Values) error {
	t := tree{root: f.root}
	if err := t.walk(); err != nil {
		return err
	}
	if len(t.pictures) == 0 {
		return fmt.Errorf("%s: got no picture%s, want at least one", bounded.Name(f.root), t.passedOver())
	}
	if v.Text("labels") == "folders" {
		names, err := t.classes()
		if err != nil {
			return err
		}
		f.names, f.info.Classes = names, len(names)
	}
	s := scan{root: f.root, list: t.pictures, skip: v.Bool(skipBad.Name)}
	if err := s.run(); err != nil {
		return err
	}
	if f.wanted.C == 0 {
		f.wanted.C = map[bool]int{true: 1, false: 3}[s.gray]
	}
	f.info.Shape = Shape{f.wanted.H, f.wanted.W, f.wanted.C}
	if f.wanted.H == 0 {
		size, err := s.oneSize()
		if err != nil {
			return err
		}
		f.info.Shape.H, f.info.Shape.W = size.H, size.W
	}
	f.list, f.info.Count = t.pictures, len(t.pictures)
	f.info.Fingerprint = s.fingerprint(f.info, f.wanted)
	f.note(t)
	return nil
}

// note says what was found, for whoever opened the folder.
func (f *pictureFolder) note(t tree) {
	text := fmt.Sprintf("%d pictures as %v", f.info.Count, f.info.Shape)
	if n := len(f.names); n > 0 {
		text += fmt.Sprintf(" in %d classes: %s", n, listed(f.names))
	}
	f.notes = append(f.notes, text+t.passedOver())
}

// listed is the names in one line, of many the first and the last.
func listed(names []string) string {
	const most = 20
	var quoted []string
	for i, name := range names {
		switch {
		case len(names) <= most || i < most-1 || i == len(names)-1:
			quoted = append(quoted, bounded.Name(name))
		case i == most-1:
			quoted = append(quoted, "…")
		}
	}
	return strings.Join(quoted, ", ")
}

// Info describes the pictures as they become.
func (f *pictureFolder) Info() Info { return f.info }

// ClassNames are the names of the folders, by class.
func (f *pictureFolder) ClassNames() []string { return f.names }

// Notes are lines about what was found and passed over.
func (f *pictureFolder) Notes() []string { return f.notes }

// Read decodes one picture, or takes its pixels from those that are kept.
func (f *pictureFolder) Read(dst []float32, i int) (int32, error) {
	checkRead(&f.info, dst, i)
	pixels := f.kept.get(i)
	if pixels == nil {
		m, err := f.decode(&f.list[i])
		if err != nil {
			return NoLabel, err
		}
		pixels = m.Pix
		f.kept.put(i, pixels)
	}
	for k, p := range pixels {
		dst[k] = f.value[p]
	}
	if f.names == nil {
		return NoLabel, nil
	}
	return f.list[i].class, nil
}

// decode reads the file of a picture, which must be the one that was there at opening.
func (f *pictureFolder) decode(p *picture) (raster.Image, error) {
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
		return raster.Image{}, fmt.Errorf("datasets: folder: %s: %w", bounded.Name(path), nameless(err))
	}
	m, err := raster.Decode(data, f.wanted)
	if err == nil && (m.H != f.info.Shape.H || m.W != f.info.Shape.W) {
		err = fmt.Errorf("got %d×%d pixels, want %v", m.H, m.W, f.info.Shape)
	}
	if err != nil {
		return m, &BadRecord{File: path, Err: err}
	}
	return m, nil
}
