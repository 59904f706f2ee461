package datasets

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
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
		_, err := g.add(&tar.Header{}, "cls", strings.NewReader(content), 0, 0)
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

// What stands for a picture or its class and has not its content is named: it would be a sample less.
func TestTarNotStored(t *testing.T) {
	for _, kind := range []byte{tar.TypeLink, tar.TypeSymlink} {
		for _, name := range []string{"b.png", "a.cls", "a.json"} {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			h := &tar.Header{Name: "a.png", Typeflag: tar.TypeReg, Size: 1}
			link := &tar.Header{Name: name, Typeflag: kind, Linkname: "a.png"}
			if err := cmp.Or(w.WriteHeader(h), write(w, "x"), w.WriteHeader(link), w.Close()); err != nil {
				t.Fatal(err)
			}
			_, err := listTar(b.Bytes())
			if want := name + ": got a link to a.png, want the file itself"; err == nil ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("%c: error %v, want %q", kind, err, want)
			}
		}
	}
	for _, name := range []string{"gnu", "pax"} { // by GNU tar 1.34: tar -S, and with --format=posix
		data, err := os.ReadFile("testdata/encoded/sparse-" + name + ".bin")
		if err != nil {
			t.Fatal(err)
		}
		_, err = listTar(data)
		if err == nil || !strings.Contains(err.Error(), "hole.jpg: got a sparse member") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// write is the error of writing a text.
func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}

// A tar file of old, without a magic number, is known by the sum of its first header.
func TestTarOfOld(t *testing.T) {
	whole, err := os.ReadFile("testdata/encoded/cls.tar")
	if err != nil {
		t.Fatal(err)
	}
	old := bytes.Clone(whole[:512])
	clear(old[257:]) // the magic number and what follows it
	sum := 8 * ' '
	for i, c := range old {
		if i < 148 || i >= 156 {
			sum += rune(c)
		}
	}
	copy(old[148:], fmt.Sprintf("%06o\x00 ", sum))
	for head, want := range map[string]bool{string(old): true, string(whole[:4096]): true,
		strings.Repeat("x", 512): false, string(make([]byte, 1024)): false} {
		if _, is := isTar(Found{Head: []byte(head)}); is != want {
			t.Errorf("%q…: got %t, want %t", head[:12], is, want)
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
