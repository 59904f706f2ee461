package datasets

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// One line for each fault, with the name of the file.
func TestFolderFaults(t *testing.T) {
	good := pngOf(t, 6, 6, 1, false)
	for _, tt := range []struct {
		name  string
		files map[string][]byte
		v     choice.Values
		want  string
	}{
		{"empty", nil, nil, ": got no picture, want at least one"},
		{"none", map[string][]byte{"a.txt": {1}, ".b": {2}}, nil,
			"got no picture; passed over: 1 hidden and 1 that are no pictures, like a.txt, want at "},
		{"zero bytes", map[string][]byte{"a.png": good, "b.jpg": {}}, nil,
			"/b.jpg: raster: Inspect: got no bytes, want a picture"},
		{"text", map[string][]byte{"a.JPEG": []byte("<html>")}, nil,
			`/a.JPEG: raster: Inspect: got 6 bytes that begin `},
		{"AVIF", map[string][]byte{"a": []byte("\x00\x00\x00\x20ftypavif")}, nil,
			"/a: raster: Inspect: got AVIF, which is"},
		{"mixed sizes", map[string][]byte{"a.png": good, "x/b.png": pngOf(t, 6, 7, 1, false)},
			choice.Values{"labels": "none"},
			"/x/b.png: got 6×7 pixels, want 6×6 as a.png has: say size, the side to resize to"},
		{"loose", map[string][]byte{"a.png": good, "x/b.png": good}, nil,
			"got pictures in it, like a.png, and in folders of it, like x: want all in folders, one for "},
		{"not UTF-8", map[string][]byte{"a\xff\n.png": good[:9]}, nil,
			`a\xff\n.png": raster: Inspect: PNG: header: `},
		{"wrong size", map[string][]byte{"a.png": good}, choice.Values{"size": -1}, "size: got -1, want "},
		{"colour", map[string][]byte{"a.png": good}, choice.Values{"background": "#12345"},
			`background: got "#12345", want white, black or #rrggbb`},
		{"no path", nil, choice.Values{"path": ""}, "path: got none, want a directory of pictures"},
		{"nowhere", nil, choice.Values{"path": "nowhere"}, "datasets: folder: nowhere: stat: no such file"},
		{"a file", nil, choice.Values{"path": "folder.go"}, "folder.go: got a file, want a directory"},
	} {
		_, err := openPictures(grow(t, tt.files), tt.v)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A picture whose header is bad can be passed over; one whose pixels are cut has a header, and is
// met when it is read.
func TestFolderBadRecords(t *testing.T) {
	good := pngOf(t, 6, 6, 1, false)
	cut := good[:len(good)-20]
	src, err := openPictures(grow(t, map[string][]byte{"a.png": cut[:20], "b.png": good}),
		choice.Values{"skip_bad": true})
	if err != nil || src.Info().Count != 2 {
		t.Fatalf("%v, error %v, want 2 pictures", src, err)
	}
	x := make([]float32, src.Info().Shape.Len())
	if _, err := src.Read(x, 0); err != nil {
		t.Errorf("a bad picture with a good one behind it: error %v", err)
	}
	src, err = openPictures(grow(t, map[string][]byte{"a.png": good, "b.png": cut}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Read(x, 0); err != nil {
		t.Error(err)
	}
	var bad *BadRecord
	if _, err := src.Read(x, 1); !errors.As(err, &bad) || !strings.Contains(err.Error(),
		"/b.png: raster: Decode: PNG: ") {
		t.Errorf("a cut picture: error %v", err)
	}
}

// Where every picture is to be passed over, the error says what is wrong with the first.
func TestFolderAllBad(t *testing.T) {
	_, err := openPictures(grow(t, map[string][]byte{"a.png": []byte("<html>"), "b.png": {}}),
		choice.Values{"skip_bad": true})
	if err == nil || !strings.Contains(err.Error(), "none of 2 pictures can be read: ") ||
		!strings.Contains(err.Error(), `/a.png: raster: Inspect: got 6 bytes that begin with "<html>"`) {
		t.Errorf("error %v", err)
	}
}

// Links are followed: to a picture, to a folder, and not round in a circle.
func TestFolderLinks(t *testing.T) {
	link := func(to, from string) {
		if err := os.Symlink(to, from); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	pictures := grow(t, map[string][]byte{"a.png": pngOf(t, 4, 4, 1, false), "b.png": pngOf(t, 4, 4, 2,
		false)})
	dir := grow(t, map[string][]byte{"x/own.png": pngOf(t, 4, 4, 3, false)})
	link(filepath.Join(pictures, "a.png"), filepath.Join(dir, "x", "linked.png"))
	link(pictures, filepath.Join(dir, "y"))
	src, err := openPictures(dir, nil)
	if err != nil || src.Info().Count != 4 || src.Info().Classes != 2 {
		t.Errorf("%v, error %v, want 4 pictures in 2 classes", src, err)
	}
	link(dir, filepath.Join(dir, "x", "round"))
	_, err = openPictures(dir, nil)
	if err == nil || !strings.HasSuffix(err.Error(),
		"/x/round: got a link to a directory that it is in, want one that ends") {
		t.Errorf("a circle: error %v", err)
	}
	lost := grow(t, map[string][]byte{"a.png": pngOf(t, 4, 4, 1, false)})
	link("nowhere", filepath.Join(lost, "b.png"))
	if _, err := openPictures(lost, nil); err == nil || !strings.HasSuffix(err.Error(),
		"/b.png: stat: no such file or directory") {
		t.Errorf("a link to nothing: error %v", err)
	}
}
