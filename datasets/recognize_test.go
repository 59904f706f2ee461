package datasets

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// What a source is an example of, it recognises, and nobody else does.
func TestRecognizeEverySource(t *testing.T) {
	for _, e := range Sources.Entries {
		if e.Make.Recognize.Is == nil {
			continue
		}
		spec := example(t, e)
		path := spec.Params.Text("path")
		for _, other := range []cifar{cifar10, cifar100} { // the example has the files of both
			for _, name := range slices.Concat(other.files["train"], other.files["test"]) {
				if other.name != e.Name {
					os.Remove(filepath.Join(path, name))
				}
			}
		}
		c, err := Recognize(path, "")
		if err != nil || c.Kind != e.Name || c.Params["path"] != path {
			t.Errorf("%s: recognised as %v, error %v", e.Name, c, err)
			continue
		}
		maps.Copy(c.Params, spec.Params) // what its example says beside the path
		if src, err := Open(c); err != nil || src.Info().Name != e.Name {
			t.Errorf("%s: what was recognised does not open: %v", e.Name, err)
		}
		if e.Make.Recognize.What == "" {
			t.Errorf("%s does not say what it looks for", e.Name)
		}
	}
}

// What nobody knows is refused with all that was looked for; a name says who reads it.
func TestRecognizeRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, want := range map[string]string{
		write("note", "hello there, reader"):      `got a file that begins with "hello th", want `,
		write("none", ""):                         "got an empty file, want ",
		filepath.Join(dir, "nowhere"):             "no such file",
		filepath.Join(dir, "no\nwhere"):           `no\nwhere": stat: no such file`,
		write("half.gz", "\x1f\x8b\x08 and then"): `got a file that begins with "\x1f\x8b`,
		t.TempDir(): "got a directory, want ",
	} {
		_, err := Recognize(path, "")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%q: error %v, want %q", path, err, want)
		}
		if err == nil || !strings.Contains(want, ", want") {
			continue
		}
		for _, e := range Sources.Entries {
			if what := e.Make.Recognize.What; !strings.Contains(err.Error(), what) {
				t.Errorf("%q: the error does not say that %q was looked for: %v", path, what, err)
			}
		}
	}
	if c, err := Recognize(dir, "cifar10"); err != nil || c.Kind != "cifar10" || c.Params["path"] != dir {
		t.Errorf("named, it is %v, error %v", c, err)
	}
	_, err := Recognize(dir, "cifar11")
	if err == nil || !strings.Contains(err.Error(), "cifar10 is the nearest") {
		t.Errorf("a wrong name: error %v", err)
	}
}

// A file of safetensors is an array if it has one of a usual name, and latents if it has those.
func TestRecognizeSafetensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	for name, want := range map[string]string{"x": "array", "images": "array", "latents": "latents",
		"weight": ""} {
		head := fmt.Sprintf(`{%q:{"dtype":"U8","shape":[1,1,2,2],"data_offsets":[0,4]}}`, name)
		file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head+"abcd"...)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := Recognize(path, ""); c.Kind != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %v, error %v, want %q", name, c, err, want)
		}
	}
}

// Two sources that read the same are both named.
func TestRecognizeAmbiguous(t *testing.T) {
	was := Sources.Entries
	defer func() { Sources.Entries = was }()
	Sources.Entries = nil
	for _, name := range []string{"a", "b"} {
		Sources.Add(choice.Entry[Opener]{Name: name, Make: Opener{Recognize: Recognizer{"anything",
			func(Found) (choice.Values, bool) { return choice.Values{"of": name}, true }}}})
	}
	dir := t.TempDir()
	_, err := Recognize(dir, "")
	if err == nil || !strings.HasSuffix(err.Error(),
		"got a directory that a and b can read, want data.name to say which") {
		t.Errorf("error %v", err)
	}
	if c, err := Recognize(dir, "b"); err != nil || c.Kind != "b" || c.Params["of"] != "b" {
		t.Errorf("named, it is %v, error %v", c, err)
	}
}
