package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stale says how a committed file differs from what the generator writes, "" if it does not.
func stale(f output, committed []byte) string {
	if bytes.Equal(committed, f.text) {
		return ""
	}
	got, want := strings.Split(string(committed), "\n"), strings.Split(string(f.text), "\n")
	i := 0
	for i < min(len(got), len(want))-1 && got[i] == want[i] {
		i++
	}
	return fmt.Sprintf("cpu/kernels/%s is stale: line %d is %q, the generator writes %q: "+
		"run go generate ./cpu/kernels", f.name, i+1, got[i], want[i])
}

// TestCommitted regenerates everything and compares it with what is committed.
func TestCommitted(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join("../..", f.name))
		if err != nil {
			t.Fatal(err)
		}
		if s := stale(f, committed); s != "" {
			t.Error(s)
		}
	}
}

// TestStale: the message names the first line that differs.
func TestStale(t *testing.T) {
	f := output{"x.s", []byte("a\nb\nc\n")}
	for _, c := range []struct{ committed, want string }{
		{"a\nb\nc\n", ""},
		{"a\nB\nc\n", `line 2 is "B", the generator writes "b"`},
		{"a\nb\n", `line 3 is "", the generator writes "c"`},
		{"a\nb\nc\nd\n", `line 4 is "d", the generator writes ""`},
		{"", `line 1 is "", the generator writes "a"`},
	} {
		got := stale(f, []byte(c.committed))
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("stale(%q) = %q, want %q", c.committed, got, c.want)
		}
	}
}
