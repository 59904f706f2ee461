package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	maxConfig = 1 << 16 // bytes of a configuration: far more than anyone writes
	maxFaults = 50      // that are listed one by one
)

// Parse reads a configuration over Defaults. set holds assignments like
// "optimizer.lr=1e-3", which come after the file. Every fault is reported, each
// on a line of its own with its place:
//
//	NAME:3:7: optimizer.lr: got -1, want a number in (0, 10)
//
// A text of up to 64 KiB is read; anchors and aliases are not.
func Parse(name string, text []byte, set []string) (*Config, error) {
	d := decoder{name: name, places: map[string]string{}}
	c := Defaults()
	c.place = d.place
	if !d.text(text, &c) {
		return nil, errors.Join(d.faults...)
	}
	for _, s := range set {
		d.assign(s, &c)
	}
	for _, f := range c.check() {
		d.fault(d.place(f.Path), f)
	}
	if more := len(d.faults) - maxFaults; more > 0 {
		d.faults = append(d.faults[:maxFaults], fmt.Errorf("%s: %d more faults", name, more))
	}
	if len(d.faults) > 0 {
		return nil, errors.Join(d.faults...)
	}
	return c.resolved()
}

// Encode writes c whole, as a run keeps it.
func (c *Config) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("experiment: Config.Encode: %w", err)
	}
	return b.Bytes(), nil
}

// decoder fills a Config from YAML nodes, noting where each value stood.
type decoder struct {
	name   string
	places map[string]string // by path
	faults []error
}

func (d *decoder) fault(place string, f error) {
	d.faults = append(d.faults, fmt.Errorf("%s: %w", place, f))
}

// place is where the value of path, or the nearest thing around it, stood.
func (d *decoder) place(path string) string {
	for {
		if at, ok := d.places[path]; ok {
			return at
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return d.name
		}
		path = path[:i]
	}
}

// yamlLine is how the parser names a place.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// text reads a file, and reports whether it is a section at all.
func (d *decoder) text(text []byte, c *Config) bool {
	if len(text) > maxConfig {
		d.fault(d.name, fmt.Errorf("got %d bytes, want at most %d", len(text), maxConfig))
		return false
	}
	var doc, second yaml.Node
	r := yaml.NewDecoder(bytes.NewReader(text))
	err := r.Decode(&doc)
	if err == nil {
		if err = r.Decode(&second); err == nil {
			place := fmt.Sprintf("%s:%d:%d", d.name, second.Line, second.Column)
			d.fault(place, errors.New("got a second document, want one"))
			return false
		}
	}
	if !errors.Is(err, io.EOF) {
		place, m := d.name, yamlLine.FindStringSubmatch(err.Error())
		if m != nil && m[1] != "" {
			place += ":" + m[1]
		}
		d.fault(place, errors.New(yamlLine.ReplaceAllString(err.Error(), "")))
		return false
	}
	if len(doc.Content) == 0 { // an empty file
		return true
	}
	top := doc.Content[0]
	d.value("", top, reflect.ValueOf(c).Elem(), "")
	return top.Kind == yaml.MappingNode || top.ShortTag() == "!!null"
}

// assign applies one path=value as if the file had said so at the end.
func (d *decoder) assign(s string, c *Config) {
	place := "--set " + s
	path, value, ok := strings.Cut(s, "=")
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil || !ok || path == "" || len(doc.Content) != 1 {
		d.fault(place, errors.New("want key=value, like optimizer.lr=1e-3"))
		return
	}
	node := doc.Content[0]
	for _, k := range slices.Backward(strings.Split(path, ".")) {
		key := &yaml.Node{Kind: yaml.ScalarNode, Value: k}
		node = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, node}}
	}
	for p := range d.places { // of what it replaces
		if strings.HasPrefix(p, path+".") {
			delete(d.places, p)
		}
	}
	d.places[path] = place
	d.value("", node, reflect.ValueOf(c).Elem(), place)
}

// value decodes node into v. place overrides where the node stands.
func (d *decoder) value(path string, node *yaml.Node, v reflect.Value, place string) {
	at := d.mark(path, node, place)
	_, text := v.Addr().Interface().(interface{ UnmarshalText([]byte) error })
	switch {
	case v.Kind() == reflect.Struct && !(text && node.Kind == yaml.ScalarNode):
		d.mapping(path, node, v, place, at)
	case !set(v, node):
		d.fault(at, &Fault{path, shown(node), wanted(v.Type())})
	}
}

// mark returns where a node stands, and keeps it for path.
func (d *decoder) mark(path string, node *yaml.Node, place string) string {
	if place == "" {
		place = fmt.Sprintf("%s:%d:%d", d.name, node.Line, node.Column)
		d.places[path] = place
	}
	return place
}

// mapping decodes the keys of a section, each at most once.
func (d *decoder) mapping(path string, node *yaml.Node, v reflect.Value, place, at string) {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
		return // a section with nothing in it
	}
	if node.Kind != yaml.MappingNode {
		if path == "" {
			path = "configuration"
		}
		d.fault(at, &Fault{path, shown(node), "a section with keys"})
		return
	}
	keys := keysOf(v)
	if keys.rest.IsValid() {
		keys.begin(v, node)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		k, sub := node.Content[i], node.Content[i].Value
		if path != "" {
			sub = path + "." + sub
		}
		f, known := keys.fields[k.Value]
		switch {
		case k.Kind != yaml.ScalarNode:
			d.fault(d.mark(path, k, place), fmt.Errorf("%s: got %s for a key, want a word", path, shown(k)))
		case seen[k.Value]:
			d.fault(d.mark(sub, k, place), fmt.Errorf("%s: given twice", sub))
		case known:
			d.value(sub, node.Content[i+1], f, place)
		case keys.rest.IsValid():
			at := d.mark(sub, node.Content[i+1], place)
			if !keys.parameter(k.Value, node.Content[i+1]) {
				d.fault(at, &Fault{sub, shown(node.Content[i+1]), "a number"})
			}
		default:
			d.fault(d.mark(sub, k, place), fmt.Errorf("%s: unknown key, want one of %s", sub, keys.names()))
		}
		seen[k.Value] = true
	}
}
