package sample

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// names lists a directory.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ns []string
	for _, e := range entries {
		ns = append(ns, e.Name())
	}
	return ns
}

// put writes a file, and the directory it is in.
func put(t *testing.T, text string, path ...string) {
	t.Helper()
	at := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

var images = Output{Point: []int{2, 2, 1}}

// write draws n images of 2 × 2 into dir, the first of them as a file each.
func write(t *testing.T, dir string, n, singles int) {
	t.Helper()
	o := images
	o.Singles = singles
	if _, err := kept(t, dir, drawn(n, 4), o, nil); err != nil {
		t.Fatal(err)
	}
}

// A directory that is drawn into again holds the files of the last draw, those of
// others as they were, and no others: whichever of the earlier draw's are missing.
func TestWriteReplacesADraw(t *testing.T) {
	const foreign = "000009.png" // called like a single, but never made by a draw
	always := []string{arraysFile, npyFile, pictureFile, summaryFile}
	for _, missing := range append([]string{"", singleFile(1)}, always...) {
		dir := t.TempDir()
		write(t, dir, 7, 4)
		put(t, "mine", dir, foreign)
		put(t, "mine", dir, "notes")
		put(t, "torn", dir, ".samples.npy.stillfield-ABCDEFGHIJ.tmp")
		if missing != "" {
			if err := os.Remove(filepath.Join(dir, missing)); err != nil {
				t.Fatal(err)
			}
		}
		write(t, dir, 3, 1)
		want := append([]string{singleFile(0), foreign, "notes"}, always...)
		slices.Sort(want)
		if got := names(t, dir); !slices.Equal(got, want) {
			t.Errorf("without %q: %q, want %q", missing, got, want)
		}
		if string(read(t, filepath.Join(dir, foreign))) != "mine" {
			t.Error("a picture of another origin was written over")
		}
	}
}

// However far a draw had come when it was cut short, and however far the removal of
// what it left, the next one leaves nothing of it.
func TestWriteAfterOneCutShort(t *testing.T) {
	whole := t.TempDir()
	write(t, whole, 5, 3)
	order := []string{arraysFile, npyFile, pictureFile, singleFile(0), singleFile(1), singleFile(2),
		summaryFile}
	for written := range order {
		dir := t.TempDir()
		for _, name := range order[:written] {
			put(t, string(read(t, filepath.Join(whole, name))), dir, name)
		}
		if err := removeDraw(dir); err != nil {
			t.Fatal(err)
		}
		if left := names(t, dir); len(left) > 0 {
			t.Errorf("of %q %q are left", order[:written], left)
		}
	}
}

// What Write would fail with is known before there is anything to write.
func TestReady(t *testing.T) {
	dir := t.TempDir()
	put(t, "", dir, "file")
	put(t, "", dir, "taken", npyFile, "x")
	for _, tt := range []struct {
		dir  []string
		want string // "" for ready
	}{
		{[]string{dir}, ""}, {[]string{dir, "new", "and", "deeper"}, ""},
		{[]string{dir, "file"}, `file", which is a file, want a directory, or a .png, .npy or`},
		{[]string{os.DevNull}, "which is a device, want a directory"},
		{[]string{dir, "file", "below"}, "file"},
		{[]string{dir, "taken"}, npyFile},
	} {
		at := filepath.Join(tt.dir...)
		err := Ready(at)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", at, err, tt.want)
		}
		if _, err := kept(t, at, drawn(2, 4), images, nil); (err == nil) != (tt.want == "") {
			t.Errorf("%s: Ready says %q, Write %v", at, tt.want, err)
		}
	}
}

// Each key that a sampler takes makes a name of its own, but for the batch, which changes
// no point; and a name is short.
func TestName(t *testing.T) {
	if got := Defaults().Name(); got != "gd250-seed0-n64" {
		t.Errorf("the default is called %q", got)
	}
	seen := map[string]string{}
	for i := range Samplers.Entries {
		e := &Samplers.Entries[i]
		for _, p := range append([]choice.Param{{Name: "batch", Default: 64}}, Samplers.Params(e)...) {
			var other any
			switch v := p.Default.(type) {
			case string:
				if other = "3:0.5"; len(p.In.Words) > 1 { // of compose, whose texts cannot be listed
					other = p.In.Words[1]
				}
			case bool:
				other = !v
			case float64:
				if other = v + 0.5; !p.In.Has(other) {
					other = v / 2
				}
			case int:
				other = v + 1
			case uint64:
				other = v + 1
			case []int:
				other = append([]int{len(v)}, v...)
			}
			_, full, faults := Samplers.Resolve("",
				choice.Choice{Kind: e.Name, Params: choice.Values{p.Name: other}}, nil)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			var s Spec
			s.Fill(full)
			name, what := s.Name(), e.Name+"'s "+p.Name
			if was, taken := seen[name]; taken != (p.Name == "batch" && was != "") {
				t.Errorf("%s: the name is %q, that of %s", what, name, was)
			}
			if len(name) > 60 || strings.ContainsAny(name, "/\\ ") {
				t.Errorf("%s: %q", what, name)
			}
			seen[name] = what
		}
	}
}
