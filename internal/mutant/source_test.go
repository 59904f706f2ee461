package mutant

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var clang = flag.String("clang", "", "the clang-19 that compiles mutants of the sources")

// root is the repository, from here.
const root = "../.."

// Every mutant of the source is caught by the suite of devices or by the tests
// of package kernels.
func TestSources(t *testing.T) {
	if *clang == "" {
		t.Skip("compiling mutants takes clang-19: scripts/mutants.sh")
	}
	for _, m := range sourceMutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			ptx, file := compile(t, m.old, m.new, m.module)
			output, passed := runSuite(t, m.module, ptx, m.precision, m.run)
			bySuite, test := judge(output)
			if passed {
				bySuite = ""
			}
			kernelOutput, passed := runKernelTests(t, m.module, ptx, m.tests)
			byKernels, kernelTest := judge(kernelOutput)
			if passed {
				byKernels = ""
			}
			if bySuite == "" && byKernels == "" {
				t.Fatalf("%s: nothing caught it; the suite said:\n%s\nthe tests of kernels said:\n%s",
					m.name, output, kernelOutput)
			}
			t.Log(report(m.family, m.name+" ("+file+")", bySuite+" / "+byKernels, test+" / "+kernelTest))
		})
	}
}

// The text that each bug is put in the place of is there, once: a kernel or a
// file that has changed takes its mutants along.
func TestTexts(t *testing.T) {
	for _, m := range sourceMutants {
		n := 0
		for _, f := range sources(t, m.module) {
			n += len(spaced(m.old).FindAllIndex(read(t, f), -1))
		}
		if n != 1 {
			t.Errorf("%s: the sources of %s have %d of %q, want 1", m.name, m.module, n, m.old)
		}
	}
	for _, m := range hostMutants {
		if n := strings.Count(string(read(t, filepath.Join(root, m.file))), m.old); n != 1 {
			t.Errorf("%s: %s has %d of %q, want 1", m.name, m.file, n, m.old)
		}
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sources are the files that make a module.
func sources(t *testing.T, module string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "cuda/kernels/*.cuh"))
	if err != nil {
		t.Fatal(err)
	}
	return append(files, filepath.Join(root, "cuda/kernels", module+".cu"))
}

// spaced matches a text, whatever space is between its words.
func spaced(text string) *regexp.Regexp {
	var words []string
	for _, w := range strings.Fields(text) {
		words = append(words, regexp.QuoteMeta(w))
	}
	return regexp.MustCompile(strings.Join(words, `[\s\\]+`))
}

// compile returns the PTX of a module with one text of its sources replaced, and
// the file that had it. How the text is laid out in lines does not matter.
func compile(t *testing.T, from, to, module string) (ptx, edited string) {
	t.Helper()
	tree, old, total := t.TempDir(), spaced(from), 0
	for _, f := range append(sources(t, module), filepath.Join(root, "scripts/kernels.sh")) {
		b := read(t, f)
		if n := len(old.FindAllIndex(b, -1)); n > 0 {
			b, edited = old.ReplaceAllLiteral(b, []byte(to)), filepath.Base(f)
			total += n
		}
		rel, err := filepath.Rel(root, f)
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(tree, rel)
		if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if total != 1 {
		t.Fatalf("the sources of %s have %d of %q, want 1", module, total, from)
	}
	c := exec.CommandContext(t.Context(), "bash", filepath.Join(tree, "scripts/kernels.sh"))
	c.Env = append(os.Environ(), "CLANG="+*clang)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(read(t, filepath.Join(tree, "cuda/kernels", module+".ptx"))), edited
}

// runKernelTests runs tests of package kernels with a module's PTX in the place
// of the one that ships.
func runKernelTests(t *testing.T, module, ptx, tests string) (output string, passed bool) {
	t.Helper()
	abs, err := filepath.Abs(filepath.Join(root, "cuda/kernels", module+".ptx"))
	if err != nil {
		t.Fatal(err)
	}
	return testWith(t, "./cuda/kernels", abs, ptx, tests)
}
