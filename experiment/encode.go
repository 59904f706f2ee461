package experiment

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
)

// Encode writes c whole, as a run keeps it.
func (c *Config) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(c.node()); err != nil {
		return nil, fmt.Errorf("experiment: Config.Encode: %w", err)
	}
	return b.Bytes(), nil
}

// node is c as YAML: every section in its place, every key in the order of its table.
func (c *Config) node() *yaml.Node {
	root := mappingNode()
	for _, s := range Sections() {
		in := root
		if s.Path != "" {
			for name := range strings.SplitSeq(s.Path, ".") {
				in = sub(in, name)
			}
		}
		said := s.said(c)
		if s.Table.Key != "" {
			in.Content = append(in.Content, textNode(s.Table.Key), textNode(said.Kind))
		}
		e, _ := s.Table.Find(said.Kind)
		for _, p := range s.Table.Params(e) {
			if v, ok := said.Params[p.Name]; ok {
				in.Content = append(in.Content, textNode(p.Name), valueNode(v))
			}
		}
	}
	return root
}

// sub is the section of that name in another.
func sub(in *yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value == name {
			return in.Content[i+1]
		}
	}
	n := mappingNode()
	in.Content = append(in.Content, textNode(name), n)
	return n
}

func mappingNode() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"} }

// textNode is a text, in quotes where it could be taken for something else.
func textNode(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	return n
}

func valueNode(v any) *yaml.Node {
	switch v := v.(type) {
	case string:
		return textNode(v)
	case []int:
		return listNode(v)
	case []float64:
		return listNode(v)
	case []string:
		return listNode(v)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: choice.Format(v)}
}

func listNode[T any](items []T) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle}
	for _, item := range items {
		n.Content = append(n.Content, valueNode(item))
	}
	return n
}
