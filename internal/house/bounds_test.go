package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// What a reader can take in at once: columns of a line, with a tab as four, lines of a
// function, lines of a file.
const (
	mostColumns   = 110
	mostFuncLines = 60
	mostFileLines = 300
)

// Every file that people write keeps to the bounds; generated ones do not count.
func TestBounds(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(path, ".go"):
			checkBounds(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkBounds(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if ast.IsGenerated(file) {
		return
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) > mostFileLines {
		t.Errorf("%s has %d lines, want at most %d", path, len(lines), mostFileLines)
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t"); n > mostColumns {
			t.Errorf("%s:%d has %d columns, want at most %d", path, i+1, n, mostColumns)
		}
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; n > mostFuncLines {
			t.Errorf("%s: %s has %d lines, want at most %d", path, f.Name.Name, n, mostFuncLines)
		}
	}
}
