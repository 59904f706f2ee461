package train

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxConfig is the largest configuration that is read: far more than anyone writes.
const maxConfig = 1 << 20

// Parse reads a configuration over Defaults. set holds assignments like
// "optimizer.lr=1e-3", which come after the file. Every fault is reported, each
// on a line of its own with its place:
//
//	NAME:3:7: optimizer.lr: got -1, want a number in (0, 10)
func Parse(name string, text []byte, set []string) (*Config, error) {
	d := decoder{name: name, places: map[string]string{}}
	c := Defaults()
	d.text(text, &c)
	for _, s := range set {
		d.assign(s, &c)
	}
	for _, f := range c.check() {
		d.fault(d.place(f.Path), f)
	}
	if len(d.faults) > 0 {
		return nil, errors.Join(d.faults...)
	}
	c.locate = d.place
	return &c, c.resolve()
}

// Encode writes c whole, as a run keeps it.
func (c *Config) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(c); err != nil {
		return nil, fmt.Errorf("train: Config.Encode: %w", err)
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
	for p := path; ; {
		if at, ok := d.places[p]; ok {
			return at
		}
		i := max(strings.LastIndexAny(p, ".["), 0)
		if p = p[:i]; p == "" {
			return d.name
		}
	}
}

func (d *decoder) text(text []byte, c *Config) {
	if len(text) > maxConfig {
		d.fault(d.name, fmt.Errorf("got %d bytes, want at most %d", len(text), maxConfig))
		return
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		d.fault(d.name, errors.New(strings.TrimPrefix(err.Error(), "yaml: ")))
		return
	}
	if len(doc.Content) == 1 { // an empty file has none
		d.value("", doc.Content[0], reflect.ValueOf(c).Elem(), "")
	}
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
	keys := strings.Split(path, ".")
	for _, k := range slices.Backward(keys) {
		node = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: k}, node}}
	}
	d.value("", node, reflect.ValueOf(c).Elem(), place)
}

// value decodes node into v. place overrides where the node stands.
func (d *decoder) value(path string, node *yaml.Node, v reflect.Value, place string) {
	at := place
	if at == "" {
		at = fmt.Sprintf("%s:%d:%d", d.name, node.Line, node.Column)
	}
	d.places[path] = at
	if node.Kind == yaml.AliasNode {
		d.fault(at, fmt.Errorf("%s: got an alias, want a value: anchors are not read", path))
		return
	}
	_, text := v.Addr().Interface().(interface{ UnmarshalText([]byte) error })
	if v.Kind() == reflect.Struct && !(text && node.Kind == yaml.ScalarNode) {
		d.mapping(path, node, v, place, at)
		return
	}
	if err := node.Decode(v.Addr().Interface()); err != nil {
		got := node.Value
		if node.Kind != yaml.ScalarNode {
			got = [...]string{yaml.SequenceNode: "a list", yaml.MappingNode: "a section"}[node.Kind]
		}
		d.fault(at, &Fault{path, quote(got), wanted(v.Type())})
	}
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list of whole numbers, like [1, 2, 2]"
	case reflect.Struct:
		return "a name, a name with parameters like eqm:gain=4, or a section"
	}
	return "text"
}

// mapping decodes the keys of a section, each at most once.
func (d *decoder) mapping(path string, node *yaml.Node, v reflect.Value, place, at string) {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return // a section with nothing in it
	}
	if node.Kind != yaml.MappingNode {
		d.fault(at, &Fault{cmpPath(path), quote(node.Value), "a section with keys"})
		return
	}
	fields, rest := fieldsOf(v)
	if rest.IsValid() && place == "" { // a method named anew takes none of the old one's parameters
		v.SetZero()
		fields, rest = fieldsOf(v)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		k := node.Content[i]
		sub := k.Value
		if path != "" {
			sub = path + "." + k.Value
		}
		f, known := fields[k.Value]
		where := place
		if where == "" {
			where = fmt.Sprintf("%s:%d:%d", d.name, k.Line, k.Column)
		}
		switch {
		case seen[k.Value]:
			d.fault(where, fmt.Errorf("%s: given twice", sub))
		case known:
			d.value(sub, node.Content[i+1], f, place)
		case rest.IsValid():
			d.parameter(sub, k.Value, node.Content[i+1], rest, where)
		default:
			d.fault(where, fmt.Errorf("%s: unknown key, want one of %s", sub, strings.Join(sortedKeys(fields), ", ")))
		}
		seen[k.Value] = true
	}
}

// cmpPath names the root.
func cmpPath(path string) string {
	if path == "" {
		return "configuration"
	}
	return path
}

// parameter decodes a number that a method takes by name.
func (d *decoder) parameter(path, key string, node *yaml.Node, rest reflect.Value, where string) {
	var x float64
	if err := node.Decode(&x); err != nil {
		d.fault(where, &Fault{path, quote(node.Value), "a number"})
		return
	}
	d.places[path] = where
	if rest.IsNil() {
		rest.Set(reflect.MakeMap(rest.Type()))
	}
	rest.SetMapIndex(reflect.ValueOf(key), reflect.ValueOf(x))
}

// fieldsOf maps the keys of a section to its fields; rest is the map that takes
// every other key, where there is one.
func fieldsOf(v reflect.Value) (fields map[string]reflect.Value, rest reflect.Value) {
	fields = map[string]reflect.Value{}
	for i := range v.NumField() {
		tag, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(opts, "inline") && v.Field(i).Kind() == reflect.Map:
			rest = v.Field(i)
		case strings.Contains(opts, "inline"):
			inner, _ := fieldsOf(v.Field(i))
			for k, f := range inner {
				fields[k] = f
			}
		case tag != "" && tag != "-":
			fields[tag] = v.Field(i)
		}
	}
	return fields, rest
}

func sortedKeys(m map[string]reflect.Value) []string {
	ks := make([]string, 0, len(m))
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}
