package datasets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listTar is the samples of a tar file.
func listTar(data []byte) (samples []tarSample, err error) {
	s := tarShard{ReaderAt: bytes.NewReader(data), size: int64(len(data))}
	_, err = s.list(func(t tarSample) error { samples = append(samples, t); return nil })
	return samples, err
}

// A tar file that is cut is refused, wherever that is.
func TestTarCut(t *testing.T) {
	whole, err := os.ReadFile("testdata/encoded/cls.tar")
	if err != nil {
		t.Fatal(err)
	}
	all, err := listTar(whole)
	if err != nil || len(all) != encodedCount {
		t.Fatal(all, err)
	}
	last := all[len(all)-1]
	for n := range int(last.at) / 64 { // behind it are zeros, of which tar itself needs none
		samples, err := listTar(whole[:64*n])
		for _, s := range samples {
			if s.at+int64(s.size) > int64(64*n) {
				t.Errorf("cut after %d bytes, %s is at %d", 64*n, s.name, s.at)
			}
		}
		if err == nil {
			t.Errorf("cut after %d bytes: no error", 64*n)
		}
	}
}

// What a sample says twice must be the same, and its class a whole number.
func TestTarGroup(t *testing.T) {
	for content, want := range map[string]string{"1": "", "1\n": "", "": "class: got", "-1": "class: got",
		"1.5": "class: got", "two": "class: got", "99999999": "class: got",
		"2": "class: got 2, but 1 before"} {
		g := &tarGroup{picture: tarSample{class: NoLabel}}
		if want != "" && strings.HasSuffix(want, "before") {
			g.picture.class = 1
		}
		_, err := g.add(nil, "cls", strings.NewReader(content), 0, 0)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", content, err, want)
		}
	}
	for name, want := range map[string][2]string{"a/b.c/d.seg.PNG": {"a/b.c/d", "seg.png"}, "x": {"x", ""}} {
		if key, ext := splitMember(name); key != want[0] || ext != want[1] {
			t.Errorf("%s: %s and %s, want %v", name, key, ext, want)
		}
	}
}

// FuzzTar: no panic, and no picture that is not in the file.
func FuzzTar(f *testing.F) {
	names, err := filepath.Glob("testdata/encoded/*.tar")
	if err != nil || len(names) == 0 {
		f.Fatal("no files to begin with: ", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		samples, _ := listTar(data)
		for _, s := range samples {
			if s.at < 0 || s.size < 0 || s.at+int64(s.size) > int64(len(data)) {
				t.Fatalf("%+v in a file of %d bytes", s, len(data))
			}
		}
	})
}
