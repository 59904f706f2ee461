package datasets

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
)

// mostTarSamples bounds the samples of a source of tar files, 100 bytes of memory each.
const mostTarSamples = 1 << 26

// mostMember bounds the file of a picture in a tar file, in bytes.
const mostMember = 1 << 28

// webDataset are the pictures in tar files, as the webdataset library has them: the members of a
// sample follow one another and are called alike up to the first dot, such as 000017.jpg and
// 000017.cls, whose text is the number of the class. A .json with a number under label is one too.
type webDataset struct {
	shards  []tarShard
	samples []tarSample
}

// A tarSample is where the picture of one sample is.
type tarSample struct {
	shard int32
	class int32 // NoLabel where it has none
	size  int32
	at    int64
	name  string
}

// tarExtensions end the names of the files; those that are compressed are unpacked once.
var tarExtensions = []string{".tar", ".tar.gz", ".tgz", ".tar.zst"}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "webdataset", Example: `webdataset:path="data/train-{000..146}.tar",size=64`,
	About: "pictures in tar files, each with its class in a file of its name that ends in .cls or .json",
	Params: append([]choice.Param{
		{
			Name:    "path",
			Default: "",
			About: "a file, a directory of them in the order of their names, or a pattern " +
				"like data/train-{000..146}.tar",
		},
		{
			Name:    "label",
			Default: "auto",
			In:      choice.Words("auto", "none"),
			About: "whether the classes are read; " +
				"auto does where the first sample has one",
		},
		split,
	}, pictureParams...),
	Make: Opener{
		Open:      func(v choice.Values) (Source, error) { return openWebDataset(v) },
		Tested:    tested(tarExtensions...),
		Resizes:   true,
		Recognize: Recognizer{"a tar file of pictures", isTar},
	},
})

// openWebDataset lists the members of every file, and looks at every picture.
func openWebDataset(v choice.Values) (_ Source, err error) {
	w := &webDataset{}
	defer func() {
		if err != nil {
			for _, s := range w.shards {
				s.Close() // it was only read
			}
		}
	}()
	paths, err := shards(v.Text("path"), v.Text("split"), tarExtensions...)
	if _, fault := choice.FaultsOf(err); fault {
		return nil, err
	}
	if err == nil {
		err = w.open(paths, v.Text("label") == "none")
	}
	if err != nil {
		return nil, fmt.Errorf("datasets: webdataset: %w", err)
	}
	var classes []int32
	if w.samples[0].class != NoLabel {
		for _, s := range w.samples {
			classes = append(classes, s.class)
		}
	}
	e, err := newEncoded("webdataset", w, len(w.samples), classes, nil, v)
	if err != nil {
		return nil, fmt.Errorf("datasets: webdataset: %w", err)
	}
	return e, nil
}

// open lists the samples, of which all or none must have a class.
func (w *webDataset) open(paths []string, unlabelled bool) error {
	others := 0
	for k, path := range paths {
		s, err := openTarShard(path)
		if err != nil {
			return err
		}
		w.shards = append(w.shards, s)
		no, err := s.list(func(t tarSample) error {
			if t.shard = int32(k); unlabelled {
				t.class = NoLabel
			}
			if w.samples = append(w.samples, t); len(w.samples) > mostTarSamples {
				return fmt.Errorf("got more than %d samples", mostTarSamples)
			}
			if first := w.samples[0]; (first.class == NoLabel) != (t.class == NoLabel) {
				return fmt.Errorf("%s: got %s, but %s for %s: want a class for each, or label=none",
					bounded.Name(t.name), hasClass(t), hasClass(first), bounded.Name(first.name))
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", bounded.Name(path), err)
		}
		others += no
	}
	if len(w.samples) == 0 {
		return fmt.Errorf(
			"%s: got no picture among %d members, want at least one",
			bounded.Name(paths[0]),
			others,
		)
	}
	return nil
}

func hasClass(s tarSample) string {
	if s.class == NoLabel {
		return "no class"
	}
	return "a class"
}

func (w *webDataset) picture(i int) ([]byte, error) {
	s := &w.samples[i]
	shard := &w.shards[s.shard]
	data := make([]byte, s.size) // as many as the file has had
	n, err := shard.ReadAt(data, s.at)
	if !shard.copied {
		if changed := shard.changed(); changed != nil {
			return nil, changed
		}
	}
	if n < len(data) {
		return nil, fmt.Errorf("%s: %w", bounded.Name(shard.path), cmp.Or(nameless(err), io.ErrUnexpectedEOF))
	}
	return data, nil
}

func (w *webDataset) record(i int) (file, record string) {
	s := &w.samples[i]
	return w.shards[s.shard].path, s.name
}

func (w *webDataset) files() (root string, names []string, single bool) {
	for _, s := range w.shards {
		names = append(names, s.path)
	}
	return "", names, false
}

func (w *webDataset) from() string { return "" }

// isTar recognises a tar file by its first header, whose sum is in it, and a
// directory by what files in it are called. What else is compressed by zstd is left to fail.
func isTar(f Found) (choice.Values, bool) {
	if f.Dir {
		for _, ext := range tarExtensions {
			if hasShard(f.Path, ext) {
				return nil, true
			}
		}
		return nil, false
	}
	const at = 257
	ustar := len(f.Head) > at && strings.HasPrefix(string(f.Head[at:]), "ustar")
	_, err := tar.NewReader(bytes.NewReader(f.Head)).Next()
	return nil, ustar || err == nil ||
		strings.HasPrefix(string(f.Head), zstdMagic) && strings.HasSuffix(f.Path, ".tar.zst")
}
