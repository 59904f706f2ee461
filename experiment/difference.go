package experiment

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
)

// mayChange lists the keys that a resumed run may change without being another run: how
// many steps it takes, what it runs on, and what it measures, reports or keeps beside
// checkpoints. The precision is among them, since not every device has every one. So is the
// path of the data, for their fingerprint is compared wherever they lie, and what to do about
// bad records, for a run that would have none has seen none, and what is computed again to save
// memory, which changes no bit.
var mayChange = []string{"name", "steps", "device", "workers", "precision", "log", "sample", "diagnostics",
	"eval", "data.path", "data.skip_bad", "average.snapshot", "model.recompute"}

// Differences lists the keys at which two configurations differ, in the order of
// a file, but for those that may change. One that leaves reduce or accumulate to the run has that of old;
// before there was the key, gradients were added as with fast.
func Differences(old, now *Config) []string {
	was, is := *old, *now
	if was.Reduce == ReduceAuto {
		was.Reduce = ReduceFast
	}
	if is.Reduce == ReduceAuto {
		is.Reduce = was.Reduce
	}
	if is.Accumulate == 0 { // auto
		is.Accumulate = was.Accumulate
	}
	old, now = &was, &is
	a, b := leaves(old), leaves(now)
	var ds []string
	for _, l := range a {
		if value := find(b, l.path); value != l.value && !l.mayChange() {
			ds = append(ds, fmt.Sprintf("%s is %s there and %s here", l.path, l.value, value))
		}
	}
	for _, l := range b {
		if find(a, l.path) == notSet && !l.mayChange() {
			ds = append(ds, fmt.Sprintf("%s is %s there and %s here", l.path, notSet, l.value))
		}
	}
	return ds
}

// leaf is one value of a configuration, as a file says it.
type leaf struct{ path, value string }

const notSet = "not set"

func (l leaf) mayChange() bool {
	return slices.ContainsFunc(mayChange, func(p string) bool {
		return l.path == p || strings.HasPrefix(l.path, p+".")
	})
}

func find(ls []leaf, path string) string {
	for _, l := range ls {
		if l.path == path {
			return l.value
		}
	}
	return notSet
}

// leaves lists the values of c in the order of its file.
func leaves(c *Config) []leaf { return appendLeaves(nil, "", c.node()) }

func appendLeaves(ls []leaf, path string, n *yaml.Node) []leaf {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			ls = appendLeaves(ls, choice.Join(path, n.Content[i].Value), n.Content[i+1])
		}
		return ls
	case yaml.SequenceNode:
		var items []string
		for _, item := range n.Content {
			items = append(items, item.Value)
		}
		return append(ls, leaf{path, "[" + strings.Join(items, ", ") + "]"})
	}
	return append(ls, leaf{path, n.Value})
}

// ownToMachine lists the keys that processes of one run may have different values of: what each
// computes on, and where the data lie, whose fingerprint is compared.
var ownToMachine = []string{"name", "device", "workers", "data.path"}

// Disagreements lists the keys, in the order of a file, at which the configuration of a
// process differs from that of the first process of its group, but for those of machines.
func Disagreements(first, own *Config) []string {
	a, b := leaves(first), leaves(own)
	var ds []string
	for _, ls := range [][]leaf{a, b} {
		for _, l := range ls {
			there, here := find(a, l.path), find(b, l.path)
			said := fmt.Sprintf("%s is %s there and %s here", l.path, there, here)
			if there != here && !slices.Contains(ownToMachine, l.path) && !slices.Contains(ds, said) {
				ds = append(ds, said)
			}
		}
	}
	return ds
}
