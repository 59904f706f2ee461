package mutant

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/kernels"
)

// edit changes the nth instruction, from 1, that find matches; 0 is all of them.
type edit struct {
	find string // a regular expression of a whole line, without indentation
	nth  int
	put  string // what takes its place, with find's groups as $1, …; "" for nothing
}

// apply makes edits in the body of one kernel. An edit that finds nothing is an
// error: the kernel has changed, and the mutant must follow it.
func apply(ptx, kernel string, edits []edit) (string, error) {
	lines := strings.Split(ptx, "\n")
	first := -1
	for i, l := range lines {
		if strings.HasPrefix(l, ".visible .entry "+kernel+"(") {
			first = i
		}
	}
	if first < 0 {
		return "", fmt.Errorf("no kernel %s", kernel)
	}
	for _, e := range edits {
		re, err := regexp.Compile("^" + e.find + "$")
		if err != nil {
			return "", err
		}
		n := 0
		for i := first; lines[i] != "}" && (n < e.nth || e.nth == 0); i++ {
			l := strings.TrimSpace(lines[i])
			if !re.MatchString(l) {
				continue
			}
			if n++; n == e.nth || e.nth == 0 {
				lines[i] = "\t" + re.ReplaceAllString(l, e.put)
			}
		}
		if n < max(e.nth, 1) {
			return "", fmt.Errorf("%s has %d instructions %s, want %d or more", kernel, n, e.find,
				max(e.nth, 1))
		}
	}
	return strings.Join(lines, "\n"), nil
}

// Every mutant of the PTX is caught, by what the table says.
func TestPTX(t *testing.T) {
	for _, m := range ptxMutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			shipped, err := kernels.PTX(m.module)
			if err != nil {
				t.Fatal(err)
			}
			ptx, err := apply(string(shipped), m.kernel, m.edits)
			if err != nil {
				t.Fatal(err)
			}
			var output string
			var passed bool
			switch {
			case m.tests == "":
				output, passed = runSuite(t, m.module, ptx, m.precision, m.run)
			case *clang == "":
				t.Skip("the tests of package kernels are built for it: scripts/mutants.sh")
			default:
				output, passed = runKernelTests(t, m.module, ptx, m.tests)
			}
			by, test := judge(output)
			if passed || by != m.by {
				t.Fatalf("%s in %s: caught by %q, want %q; the suite said:\n%s", m.name, m.kernel, by, m.by,
					output)
			}
			t.Log(report(m.family, m.name+" ("+m.kernel+")", by, test))
		})
	}
}

// The cases that catch the mutants pass on the kernels that ship: it is the
// mutant that fails, not the case.
func TestShipped(t *testing.T) {
	runs := map[[2]string][]string{} // module, precision
	for _, m := range ptxMutants {
		if m.tests != "" {
			continue
		}
		k := [2]string{m.module, m.precision}
		runs[k] = append(runs[k], m.run)
	}
	for k, cases := range runs {
		t.Run(k[0]+"/"+k[1], func(t *testing.T) {
			t.Parallel()
			shipped, err := kernels.PTX(k[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, run := range cases {
				if output, passed := runSuite(t, k[0], string(shipped), k[1], run); !passed {
					t.Errorf("%s:\n%s", run, output)
				}
			}
		})
	}
}
