package mutant

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hostMutants are bugs of package cuda and its lists of launches: old, which is
// there once in file, becomes new. tests of package cuda catch them.
var hostMutants = []struct {
	name, file, old, new, tests string
}{
	{"the copy is stale after Write", "cuda/write.go",
		"g.markStale(v)\n\treturn g.fail(\"WriteAt\"",
		"return g.fail(\"WriteAt\"", "TestWeightCopies$"},
	{"the copy is stale after Copy", "cuda/transfer.go", "g.markStale(to) // not", "// not",
		"TestWeightCopies$"},
	{"the copy is of what Copy overwrote", "cuda/transfer.go",
		"err := g.take(g.addr[to], o, o.addr[v], n)\n\tg.markStale(to)",
		"g.markStale(to)\n\terr := g.take(g.addr[to], o, o.addr[v], n)", "TestWeightCopies$"},
	{"Check leaves the copy of the weights it tried", "cuda/check.go", "g.markStale(v)", "",
		"TestWeightCopies$"},
	{"the copy is never rounded again", "cuda/transfer.go", "return g.refresh()", "return nil",
		"TestWeightCopies$"},
	{"a state that Assign writes has a copy", "cuda/weight_copy.go",
		"written[base] = written[base] || st.Op.Kind != plan.AdamW || k > 0", "written[base] = " +
			"written[base] || k > 0",
		"TestFindWeightCopies"},
	{"the copy of a matrix begins as far on as the matrix", "cuda/kernels/list.go",
		"return r.At + (p-r.Of)/2",
		"return r.At + (p - r.Of)", "TestWeightCopies$"},
	{"pairs are copied from an odd number on", "cuda/kernels/half.go", " && at%driver.Ptr(2*aligned) == 0",
		"",
		"TestWeightCopies$"},
	{"copies overlap the next state", "cuda/memory.go", "next((r.N+1)/2)", "next(1)", "TestWeightCopies$"},
}

// Every mutant of the host's side is caught by the tests of package cuda.
func TestHost(t *testing.T) {
	if *clang == "" {
		t.Skip("mutants of the host's side are compiled one by one: scripts/mutants.sh")
	}
	for _, m := range hostMutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			file, err := filepath.Abs(filepath.Join(root, m.file))
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(string(read(t, file)), m.old, m.new, 1)
			output, passed := testWith(t, "./cuda", file, text, m.tests)
			by, test := judge(output)
			if passed || by == "" {
				t.Fatalf("%s: nothing caught it:\n%s", m.name, output)
			}
			t.Log(report("host", m.name+" ("+m.file+")", by, test))
		})
	}
}

// testWith runs tests of a package with another text in the place of a file.
func testWith(t *testing.T, pkg, file, text, tests string) (output string, passed bool) {
	t.Helper()
	dir := t.TempDir()
	other, overlay := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: other}})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{other: []byte(text), overlay: list} {
		if err := os.WriteFile(name, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-vet=off", "-count=1",
		"-failfast", "-timeout=3m", "-run", tests, pkg)
	c.Dir = root
	b, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), err == nil
}
