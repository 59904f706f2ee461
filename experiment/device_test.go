package experiment

import (
	"fmt"
	"testing"
)

func TestParseDevice(t *testing.T) {
	for _, tt := range []struct {
		name, form string
		index      int
	}{
		{"auto", "auto", 0}, {"cpu", "cpu", 0}, {"emu", "emu", 0}, {"cuda", "cuda", 0}, {"cuda:0", "cuda", 0},
		{"cuda:17", "cuda", 17}, {"", "", 0}, {"cuda:", "", 0}, {"cuda:-1", "", 0}, {"cuda:+1", "", 0},
		{"cuda:1:2", "", 0}, {"cuda:99999999999999999999", "", 0}, {"cpu:0", "", 0}, {"CUDA", "", 0},
		{"cuda:0x1", "", 0},
	} {
		form, index, ok := ParseDevice(tt.name)
		if form != tt.form || index != tt.index || ok != (tt.form != "") {
			t.Errorf("%q: got %q, %d, %t", tt.name, form, index, ok)
		}
	}
}

// A name that is read is one of the forms, with an index for cuda alone.
func FuzzParseDevice(f *testing.F) {
	for _, s := range []string{"auto", "cuda:1", "cuda:007", "cuda:१", "cpu\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		form, index, ok := ParseDevice(name)
		if !ok {
			return
		}
		again, same, ok := ParseDevice(fmt.Sprintf("%s:%d", form, index))
		if form != "cuda" {
			again, same, ok = ParseDevice(form)
		}
		if !ok || again != form || same != index || index < 0 || index != 0 && form != "cuda" {
			t.Fatalf("%q is read as %q, %d, and that as %q, %d", name, form, index, again, same)
		}
	})
}
