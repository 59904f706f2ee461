package experiment

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
)

// section decodes a node into the section at path, or into those inside it.
func (d *decoder) section(path string, node *yaml.Node) {
	at := d.mark(path, node)
	switch {
	case nothing(node): // a section with nothing in it
	case node.Kind == yaml.MappingNode:
		d.mapping(path, node)
	case node.Kind == yaml.ScalarNode && path == fieldPath:
		if err := d.process(node.Value); err != nil {
			f := err.(*choice.Fault)
			d.fault(at, &choice.Fault{Path: path, Got: f.Got, Want: f.Want + ", or a section"})
		}
	case node.Kind == yaml.ScalarNode && hasKinds(path):
		c, err := choice.Parse(node.Value)
		if err != nil {
			f := err.(*choice.Fault)
			d.fault(at, &choice.Fault{Path: path, Got: f.Got, Want: f.Want + ", or a section"})
			return
		}
		d.replace(path, c)
	default:
		if path == "" {
			path = "configuration"
		}
		d.fault(at, &choice.Fault{Path: path, Got: choice.Show(value(node)), Want: "a section with keys"})
	}
}

// hasKinds reports whether the section at path names an entry of a table.
func hasKinds(path string) bool {
	s, ok := At(path)
	return ok && s.Table.Key != ""
}

// mapping decodes the keys of a section, each at most once, the kind before others.
func (d *decoder) mapping(path string, node *yaml.Node) {
	section, _ := At(path)
	seen := map[string]bool{}
	var kinds, others []func()
	for i := 0; i+1 < len(node.Content); i += 2 {
		k, v := node.Content[i], node.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode:
			got := choice.Show(value(k)) + " for a key"
			d.fault(d.here(k), &choice.Fault{Path: path, Got: got, Want: "a word"})
			continue
		case seen[k.Value]:
			d.fault(d.here(k), &choice.Fault{Path: choice.Join(path, k.Value), Got: "it twice",
				Want: "it once"})
			continue
		case section.Table.Key != "" && k.Value == section.Table.Key:
			kinds = append(kinds, func() { d.pair(path, k, v) })
		default:
			others = append(others, func() { d.pair(path, k, v) })
		}
		seen[k.Value] = true
	}
	for _, decode := range slices.Concat(kinds, others) {
		decode()
	}
}

// pair decodes one key of the section at path.
func (d *decoder) pair(path string, key, v *yaml.Node) {
	section, _ := At(path)
	inside, sub := insides(path), choice.Join(path, key.Value)
	switch {
	case slices.Contains(inside, key.Value):
		d.section(sub, v)
	case section.Table.Key != "" && key.Value == section.Table.Key:
		d.named(section, sub, v)
	case d.knows(section, key.Value):
		d.mark(sub, v)
		d.set(path, key.Value, value(v))
	default:
		d.fault(d.here(key), choice.Unknown(path, key.Value, slices.Concat(inside, d.keys(section))))
	}
}

// named decodes the kind of a section.
func (d *decoder) named(s Section, path string, node *yaml.Node) {
	at := d.mark(path, node)
	kind, ok := value(node).(string)
	if !ok || kind == "" {
		d.fault(at, &choice.Fault{Path: path, Got: choice.Show(value(node)), Want: choice.OneOf("",
			s.Table.Names())})
		return
	}
	for _, name := range d.kind(s, kind) {
		delete(d.places, choice.Join(s.Path, name))
	}
}

// knows reports whether the key is one of a section, or of another entry of it: the
// table says more of that than that it is unknown.
func (d *decoder) knows(s Section, key string) bool {
	return slices.Contains(d.keys(s), key) || len(s.Table.Takers(key)) > 0
}

// keys lists what the section at path may hold, as far as its entry is known.
func (d *decoder) keys(s Section) []string {
	var names []string
	if s.Table.Key != "" {
		names = append(names, s.Table.Key)
	}
	kind := d.sections[s.Path].Kind
	if kind == "" {
		kind = s.Table.Default
	}
	e, _ := s.Table.Find(kind)
	for _, p := range s.Table.Params(e) {
		names = append(names, p.Name)
	}
	return names
}

// insides lists the sections directly inside the one at path.
func insides(path string) []string {
	var names []string
	for _, s := range Sections() {
		rest := s.Path
		if path != "" {
			var inside bool
			if rest, inside = strings.CutPrefix(s.Path, path+"."); !inside {
				continue
			}
		}
		if name, _, _ := strings.Cut(rest, "."); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// nothing reports whether a node is empty or null.
func nothing(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// value is a node as a table takes it: the text of a scalar, or those of a list.
// What a text means is up to the parameter that it is for, and not to YAML, whose
// numbers have more notations than ours.
func value(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.AliasNode:
		return choice.Other("an alias, which is not read")
	case n.Style&yaml.TaggedStyle != 0:
		return choice.Other("a value with a tag, which is not read")
	case n.Kind == yaml.MappingNode:
		return choice.Other("a section")
	case n.Kind == yaml.SequenceNode:
		items := make([]string, len(n.Content))
		for i, item := range n.Content {
			text, ok := value(item).(string)
			if !ok {
				return choice.Other("a list of other things")
			}
			items[i] = text
		}
		return items
	case nothing(n):
		return choice.Other("nothing")
	}
	return n.Value
}
