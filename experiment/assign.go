package experiment

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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
		text = strings.TrimSpace(text)
		if !ok || path == "" || text == "" {
			d.fault(commandLine, &choice.Fault{Got: choice.Show(s),
				Want: "key=value, like optimizer.lr=1e-3"})
			continue
		}
		value, want := assigned(text)
		if want != "" {
			d.fault(commandLine, &choice.Fault{Path: path, Got: choice.Show(text), Want: want})
			continue
		}
		d.at("", strings.Split(path, "."), value)
	}
	d.over = ""
}

// assigned is the value that a text says. One that begins with a quote or a bracket is
// YAML: a text in quotes, a list, a section. Every other is the text itself, for a
// shell has no need of comments, anchors and tags, and names of files have #, * and !.
// Where the text is no value, want says what is.
func assigned(text string) (value *yaml.Node, want string) {
	if !utf8.ValidString(text) {
		return nil, "text in UTF-8"
	}
	if !strings.ContainsAny(text[:1], `"'[{`) {
		return &yaml.Node{Kind: yaml.ScalarNode, Value: text}, ""
	}
	var doc, behind yaml.Node
	r := yaml.NewDecoder(strings.NewReader(text))
	if err := r.Decode(&doc); err != nil || len(doc.Content) != 1 {
		return nil, "a text in quotes, a list like [1, 2] or a section like {kind: mlp}"
	}
	if err := r.Decode(&behind); err != io.EOF || commented(&doc) {
		return nil, "one value and nothing behind it"
	}
	return doc.Content[0], ""
}

// commented reports whether a comment stands beside a node or in it.
func commented(n *yaml.Node) bool {
	return n.HeadComment+n.LineComment+n.FootComment != "" || slices.ContainsFunc(n.Content, commented)
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
