package house

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module   = "github.com/stillfield/stillfield"
	root     = "../.."
	document = root + "/docs/architecture.md"
)

var print = flag.Bool("print", false, "print the diagram as it should be (with go test -v)")

// imports are the rooms that each room imports: a room is a folder of the
// repository with all below it. What only tests and scripts need is left out.
type imports map[string]map[string]bool

func (m imports) add(from, to string) {
	if m[from] == nil {
		m[from] = map[string]bool{}
	}
	if to != "" && to != from {
		m[from][to] = true
	}
}

// room is the folder that a package is in; "" for those of other modules, of
// tests and of scripts.
func room(path string) string {
	below, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	name, _, _ := strings.Cut(below, "/")
	if name == "internal" || name == "scripts" {
		return ""
	}
	return name
}

// actual asks the go command.
func actual(t *testing.T) imports {
	t.Helper()
	c := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	m := imports{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		from := room(words[0])
		if from == "" {
			continue
		}
		m.add(from, "")
		for _, path := range words[1:] {
			m.add(from, room(path))
		}
	}
	return m
}

// arrow is one line of the Mermaid diagram: a --> b & c.
var arrow = regexp.MustCompile(`(?m)^\s+(\w+) --> ([\w &]+)$`)

// drawn reads the diagram of the document.
func drawn(t *testing.T) imports {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```mermaid\n")
	diagram, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatalf("%s has no Mermaid diagram", document)
	}
	m := imports{}
	for _, a := range arrow.FindAllStringSubmatch(diagram, -1) {
		for to := range strings.SplitSeq(a[2], "&") {
			m.add(a[1], strings.TrimSpace(to))
		}
	}
	return m
}

// closure adds what is imported by way of another room: go list -deps.
func (m imports) closure() imports {
	c := imports{}
	var visit func(from, at string)
	visit = func(from, at string) {
		for to := range m[at] {
			if !c[from][to] {
				c.add(from, to)
				visit(from, to)
			}
		}
	}
	for from := range m {
		c.add(from, "")
		visit(from, from)
	}
	return c
}

// reduced leaves out each import that others imply: what is left is as easy to
// read as a diagram of these rooms can be.
func (m imports) reduced() imports {
	c, r := m.closure(), imports{}
	for from, tos := range m {
		r.add(from, "")
		for to := range tos {
			implied := false
			for other := range tos {
				implied = implied || other != to && c[other][to]
			}
			if !implied {
				r.add(from, to)
			}
		}
	}
	return r
}

// String is m as lines of a Mermaid diagram.
func (m imports) String() string {
	var b strings.Builder
	for _, from := range slices.Sorted(maps.Keys(m)) {
		if len(m[from]) > 0 {
			fmt.Fprintf(&b, "    %s --> %s\n", from, strings.Join(slices.Sorted(maps.Keys(m[from])), " & "))
		}
	}
	return b.String()
}

// The diagram has an arrow for each import between rooms that others do not imply,
// and no other: so what can be reached in it is what go list -deps lists. A change
// of structure is therefore a change of the document.
func TestArchitecture(t *testing.T) {
	code := actual(t)
	if *print {
		fmt.Print(code.reduced())
	}
	if got, want := drawn(t).String(), code.reduced().String(); got != want {
		t.Errorf("%s draws\n%swant\n%s", document, got, want)
	}
}

// Imports go down only: no room is reached from itself.
func TestImportsGoDown(t *testing.T) {
	for from, tos := range actual(t).closure() {
		if tos[from] {
			t.Errorf("%s imports itself by way of others", from)
		}
	}
}

// Some rooms know nothing of others, by whatever way: what they are for does not depend on
// those, and could be had without them.
func TestUnseen(t *testing.T) {
	loop := []string{"train", "cmd"}
	runs := append([]string{"experiment", "run"}, loop...)
	networks := append([]string{"model", "sample"}, runs...)
	devices := []string{"cpu", "cuda"}
	unseen := map[string][][]string{
		"choice":     {networks, devices, {"graph", "plan", "field", "datasets"}},
		"field":      {networks, devices, {"graph", "plan", "datasets"}},
		"datasets":   {networks, devices, {"graph", "plan"}},
		"plan":       {networks, devices, {"graph"}},
		"cpu":        {networks, {"graph", "cuda"}},
		"cuda":       {networks, {"graph", "cpu"}},
		"sample":     {runs, devices, {"model"}},
		"experiment": {loop}, "run": {loop}, "eval": {loop},
	}
	seen := actual(t).closure()
	for from, rooms := range unseen {
		for _, to := range slices.Concat(rooms...) {
			if seen[from][to] {
				t.Errorf("%s sees %s", from, to)
			}
		}
	}
}

// What is exchangeable stands behind one room: Gorgonia behind graph, the CUDA
// binding behind cuda, calls of C by address behind what opens libraries, the command line and the
// log behind cmd.
func TestBehindOneRoom(t *testing.T) {
	behind := map[string]string{ // by import, the rooms that may
		"gorgonia.org/gorgonia": "graph", "gorgonia.org/cu": "cuda",
		"github.com/ebitengine/purego": "cuda comm",
		"github.com/sirupsen/logrus":   "cmd", "github.com/spf13/cobra": "cmd",
	}
	c := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for _, path := range words[1:] {
			only, ok := behind[path]
			if ok && room(words[0]) != "" && !slices.Contains(strings.Fields(only), room(words[0])) {
				t.Errorf("%s imports %s, which only %s may", words[0], path, only)
			}
		}
	}
}
