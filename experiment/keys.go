package experiment

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keys are what a section of a configuration may hold.
type keys struct {
	fields map[string]reflect.Value
	rest   reflect.Value // the map that takes every other key, where there is one
}

// keysOf reads the yaml tags of v, a struct. Every field has one or is private.
func keysOf(v reflect.Value) keys {
	ks := keys{fields: map[string]reflect.Value{}}
	for i := range v.NumField() {
		tag, opts, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		inline := strings.Contains(opts, "inline")
		switch {
		case inline && v.Field(i).Kind() == reflect.Map:
			ks.rest = v.Field(i)
		case inline:
			for k, f := range keysOf(v.Field(i)).fields {
				ks.fields[k] = f
			}
		case tag != "":
			ks.fields[tag] = v.Field(i)
		}
	}
	return ks
}

// names lists the keys in alphabetical order.
func (ks keys) names() string {
	var names []string
	for k := range ks.fields {
		names = append(names, k)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// begin forgets the parameters of v where the section names another kind: a
// method takes nothing from the one it replaces.
func (ks keys) begin(v reflect.Value, section *yaml.Node) {
	kind, ok := ks.fields["kind"]
	if !ok {
		return
	}
	for i := 0; i+1 < len(section.Content); i += 2 {
		if section.Content[i].Value == "kind" && section.Content[i+1].Value != kind.String() {
			v.SetZero()
		}
	}
}

// parameter sets a number that a method takes by name.
func (ks keys) parameter(key string, node *yaml.Node) bool {
	var x float64
	if !set(reflect.ValueOf(&x).Elem(), node) {
		return false
	}
	if ks.rest.IsNil() {
		ks.rest.Set(reflect.MakeMap(ks.rest.Type()))
	}
	ks.rest.SetMapIndex(reflect.ValueOf(key), reflect.ValueOf(x))
	return true
}

// set decodes a scalar or a list of them by YAML's rules, with three exceptions:
// a fraction is not cut to a whole number, an empty value is not the default,
// and an alias is nothing.
func set(v reflect.Value, node *yaml.Node) bool {
	if v.Kind() == reflect.Slice && node.Kind == yaml.SequenceNode {
		return setList(v, node.Content)
	}
	if node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		return false
	}
	if (v.CanInt() || v.CanUint()) && node.ShortTag() == "!!float" { // 1e3, or 2.5
		var x float64
		if node.Decode(&x) != nil || x != math.Trunc(x) || math.Abs(x) > 1<<53 || v.CanUint() && x < 0 {
			return false
		}
	}
	return node.Decode(v.Addr().Interface()) == nil
}

func setList(v reflect.Value, nodes []*yaml.Node) bool {
	if len(nodes) == 0 {
		v.SetZero()
		return true
	}
	list := reflect.MakeSlice(v.Type(), len(nodes), len(nodes))
	for i, n := range nodes {
		if !set(list.Index(i), n) {
			return false
		}
	}
	v.Set(list)
	return true
}

// shown is a node as an error shows it.
func shown(n *yaml.Node) string {
	switch n.Kind {
	case yaml.AliasNode:
		return "an alias, which is not read"
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "a section"
	}
	if n.ShortTag() == "!!null" {
		return "nothing"
	}
	const most = 60 // characters
	if r := []rune(n.Value); len(r) > most {
		return quote(string(r[:most]) + "…")
	}
	return quote(n.Value)
}

// wanted is what a field takes, in words.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number ≥ 0"
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
