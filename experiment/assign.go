package experiment

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
)

// commandLine is the place of an assignment.
const commandLine = "command line"

// assign applies assignments, path=value, as if the file had said so at the end.
// Those that name a kind come first, whatever their order: a section drops what its
// old kind had, and not what the new one is given.
func (d *decoder) assign(set []string) {
	set = slices.Clone(set)
	slices.SortStableFunc(set, func(a, b string) int { return rank(a) - rank(b) })
	d.over = commandLine
	for _, s := range set {
		path, text, ok := strings.Cut(s, "=")
		var doc yaml.Node
		err := yaml.Unmarshal([]byte(text), &doc)
		if err != nil || !ok || path == "" || len(doc.Content) != 1 {
			d.fault(commandLine, &choice.Fault{Got: choice.Show(s),
				Want: "key=value, like optimizer.lr=1e-3"})
			continue
		}
		d.at("", strings.Split(path, "."), doc.Content[0])
	}
	d.over = ""
}

// at decodes the value of the key that keys lead to from the section at path.
func (d *decoder) at(path string, keys []string, v *yaml.Node) {
	key := &yaml.Node{Kind: yaml.ScalarNode, Value: keys[0]}
	switch {
	case len(keys) == 1:
		d.pair(path, key, v)
	case slices.Contains(insides(path), keys[0]):
		d.at(choice.Join(path, keys[0]), keys[1:], v)
	default: // a key has no keys inside
		d.pair(path, key, &yaml.Node{Kind: yaml.MappingNode})
	}
}

// rank is where an assignment comes: those of whole sections and of kinds first, the
// outer before the inner.
func rank(assignment string) int {
	path, _, _ := strings.Cut(assignment, "=")
	depth := strings.Count(path, ".")
	if path == fieldPath {
		return 0
	}
	for _, s := range Sections() {
		if s.Table.Key != "" && (path == s.Path || path == choice.Join(s.Path, s.Table.Key)) {
			return 1 + depth
		}
	}
	return 1 << 20
}
