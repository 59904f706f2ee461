package parquet

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
)

// Type is how the values of a column are stored.
type Type int

// The types of the format, by their numbers in it.
const (
	Boolean Type = iota
	Int32
	Int64
	Int96
	Float
	Double
	Bytes
	FixedBytes
)

var typeNames = [...]string{"boolean", "int32", "int64", "int96", "float", "double", "bytes", "fixed bytes"}

func (t Type) String() string { return typeNames[t] }

// Column is a leaf of the schema.
type Column struct {
	Name string // the names from the root, like image.bytes
	Type Type
	// Repeated says that a row may have several values, or none: it is, or is in, a list.
	Repeated bool

	index int // of its chunk in every row group
	def   int // the level at which a value is there and not null
}

// levelBits is the width of the definition levels of c.
func (c *Column) levelBits() int { return bits.Len(uint(c.def)) }

// node is one element of the schema as the file has it: the tree in depth-first order.
type node struct {
	name     string
	leaf     bool
	kind     int64
	repeated int64 // 0 required, 1 optional, 2 repeated
	children int64
}

func (t *thrift) node() node {
	n := node{leaf: true}
	t.fields(func(id int, kind byte) (err error) {
		switch {
		case id == 1:
			n.kind, err = t.number("type", kind, int64(Boolean), int64(FixedBytes))
		case id == 3:
			n.repeated, err = t.number("repetition", kind, 0, 2)
		case id == 4 && kind == thriftBinary:
			n.name = string(t.text())
		case id == 5:
			n.leaf = false
			n.children, err = t.number("children", kind, 0, mostColumns)
		default:
			t.skip(kind, false)
		}
		return err
	})
	return n
}

const (
	mostColumns = 1 << 16 // elements of a schema
	mostNames   = 1 << 24 // bytes of the names of all columns, each from the root
)

// columns makes of the tree its leaves.
func columns(nodes []node) ([]Column, error) {
	if len(nodes) == 0 || nodes[0].leaf {
		return nil, fmt.Errorf("schema: got no columns")
	}
	var leaves []Column
	rest, names := nodes[1:], 0
	var walk func(n node, path []string, def int, repeated bool) error
	walk = func(n node, path []string, def int, repeated bool) error {
		if len(path) > mostDepth {
			return fmt.Errorf(
				"schema: column %s is more than %d deep",
				bounded.Quote(strings.Join(path, ".")),
				mostDepth,
			)
		}
		if n.leaf {
			for _, name := range path {
				if names += len(name) + 1; names > mostNames {
					return fmt.Errorf("schema: the names of the columns have more than %d bytes", mostNames)
				}
			}
			leaves = append(
				leaves,
				Column{Name: strings.Join(path, "."), Type: Type(n.kind), Repeated: repeated,
					index: len(leaves), def: def},
			)
			return nil
		}
		for range n.children {
			if len(rest) == 0 {
				return fmt.Errorf("schema: got %d elements, want more", len(nodes))
			}
			c := rest[0]
			rest = rest[1:]
			more := 0
			if c.repeated > 0 {
				more = 1
			}
			err := walk(c, append(path[:len(path):len(path)], c.name), def+more, repeated || c.repeated == 2)
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(nodes[0], nil, 0, false); err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("schema: got %d elements, want %d", len(nodes), len(nodes)-len(rest))
	}
	return leaves, nil
}
