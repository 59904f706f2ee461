package experiment

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/format/bounded"
)

// baseKey is the key of a file under which it names the configuration that it differs
// from: an experiment of package configs, or a file, whose name has a slash or ends in
// .yaml and is found from the directory of the file that names it. All of it but its name
// is read first, as if it stood before what the file says.
const baseKey = "base"

const maxBases = 8 // one on another

// Bases lists what c was said to differ from, the nearest first: the files that were read
// before its own. A configuration that a run keeps has none, for it is whole.
func (c *Config) Bases() []string { return c.bases }

// based reads the base that a file names, if it names one, and takes the key out of the
// file. It reports whether the rest is worth reading.
func (d *decoder) based(file *yaml.Node) bool {
	var named []*yaml.Node
	for i := 0; file.Kind == yaml.MappingNode && i+1 < len(file.Content); {
		if file.Content[i].Value != baseKey || file.Content[i].Kind != yaml.ScalarNode {
			i += 2
			continue
		}
		named = append(named, file.Content[i+1])
		file.Content = slices.Delete(file.Content, i, i+2)
	}
	switch len(named) {
	case 0:
		return true
	case 1:
		return d.base(named[0])
	}
	d.fault(d.here(named[1]), &choice.Fault{Path: baseKey, Got: "it twice", Want: "it once"})
	return false
}

// base reads the configuration that a node names, with d for what it says.
func (d *decoder) base(node *yaml.Node) bool {
	refuse := func(want string) bool {
		d.fault(d.here(node), &choice.Fault{Path: baseKey, Got: choice.Show(value(node)), Want: want})
		return false
	}
	name, ok := value(node).(string)
	switch {
	case d.kept:
		return refuse("none: what a run keeps is whole")
	case !ok || name == "":
		return refuse("the name of an experiment or of a file")
	case len(d.bases) == maxBases:
		return refuse(fmt.Sprintf("none: %d stand on one another: %s", maxBases, strings.Join(d.bases, ", ")))
	}
	at, text, want := d.readBase(name)
	chain := append(slices.Clone(d.bases), at)
	switch {
	case want != "":
		return refuse(want)
	case slices.Contains(d.bases, at) || at == d.first:
		return refuse("one that does not lead back to itself: " + strings.Join(chain, ", "))
	}
	over := d.name
	d.bases, d.name = chain, at
	read := d.text(text)
	d.name = over
	delete(d.sections[""].Params, "name")
	delete(d.places, "name")
	return read
}

// readBase finds the base of that name: where it is, and its text; or says what would have
// been one.
func (d *decoder) readBase(name string) (at string, text []byte, want string) {
	if !strings.ContainsAny(name, `/\`) && !strings.HasSuffix(name, ".yaml") {
		text, err := configs.Read(name)
		if err != nil {
			want = choice.OneOf(name, configs.Names()) + ", or a file, like ./mine.yaml"
		}
		return name, text, want
	}
	at = filepath.FromSlash(name)
	if !filepath.IsAbs(at) {
		at = filepath.Join(filepath.Dir(d.name), at)
	}
	text, err := bounded.ReadFile(at, MaxConfig)
	if err != nil {
		want = "a file: " + err.Error()
	}
	return at, text, want
}
