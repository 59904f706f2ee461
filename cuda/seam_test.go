package cuda

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The emulator is one driver among others: of the files of this package only the one
// that opens it imports it.
func TestEmulatorSeam(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var importers []string
	for _, file := range files {
		name := file.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(path+"/", "/cuda/emu/") {
				importers = append(importers, name)
			}
		}
	}
	if len(importers) != 1 || importers[0] != "driver_emu.go" {
		t.Errorf("the emulator is imported by %v, want driver_emu.go alone", importers)
	}
}
