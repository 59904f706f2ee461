package model

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/graph"
)

// Network builds a field with the weights p. Build returns a node of the shape of
// in.U; it must ask p for the same weights, in the same order, every time.
type Network interface {
	Build(b *graph.Builder, p *Params, in Inputs) graph.Node
	fmt.Stringer
}

// Spec names a network: the model section of a configuration.
type Spec struct {
	Kind string `yaml:"kind"` // mlp or unet

	// mlp
	Width int `yaml:"width,omitempty"` // hidden units
	Depth int `yaml:"depth,omitempty"` // residual blocks

	// unet
	Channels  int   `yaml:"channels,omitempty"`       // at the first level
	Levels    []int `yaml:"levels,omitempty,flow"`    // channels of each level, as multiples
	Blocks    int   `yaml:"blocks,omitempty"`         // residual blocks of a level
	Attention []int `yaml:"attention,omitempty,flow"` // sides, in pixels, at which there is attention
	Heads     int   `yaml:"heads,omitempty"`
}

// Kind is one row of the table of networks.
type Kind struct {
	Name, About string
	make        func(s Spec, point []int) (Network, []error)
}

// Kinds is the table of networks: a new one is a new row.
var Kinds = []Kind{
	{"mlp", "residual MLP on flat points", newMLP},
	{"unet", "U-Net of residual blocks with attention, on images", newUNet},
}

// New makes the network that s names for points of shape [H, W, C] or [D]. It returns
// every fault, each as "key: got …, want …".
func New(s Spec, point []int) (Network, []error) {
	names := ""
	for i, k := range Kinds {
		if k.Name == s.Kind {
			return k.make(s, point)
		}
		names += [2]string{" ", ", "}[min(i, 1)] + k.Name
	}
	return nil, []error{fmt.Errorf("kind: got %q, want one of%s", s.Kind, names)}
}

// faults collects what is wrong with a Spec.
type faults []error

func (f *faults) want(ok bool, key string, got any, format string, args ...any) {
	if !ok {
		*f = append(*f, fmt.Errorf("%s: got %v, want %s", key, got, fmt.Sprintf(format, args...)))
	}
}

// unused reports keys that belong to another kind.
func (f *faults) unused(kind string, keys map[string]bool) {
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		if keys[k] {
			*f = append(*f, fmt.Errorf("%s: got a value, want none: a %s has no %s", k, kind, k))
		}
	}
}
