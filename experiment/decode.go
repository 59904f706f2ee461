package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/choice"
)

// MaxConfig bounds a configuration, in bytes: far more than anyone writes.
const MaxConfig = 1 << 16

const (
	maxFaults = 50 // that are listed one by one
)

// Parse reads a configuration over Defaults. set holds assignments like
// "optimizer.lr=1e-3", which come after the file; those that name a kind come first
// among them. Every fault is reported, each on a line of its own with its place:
//
//	NAME:3:7: optimizer.lr: got -1, want a number in (0, 10)
//
// A text of up to 64 KiB is read; anchors and aliases are not. The key base, at the
// beginning of the text or elsewhere, names the configuration that the text differs from:
// an experiment of package configs or a file, as baseKey says.
func Parse(name string, text []byte, set []string) (*Config, error) {
	return read(name, text, set, false)
}

// ParseKept is Parse for what a run or a checkpoint keeps, which an earlier version
// may have written.
func ParseKept(name string, text []byte, set []string) (*Config, error) {
	return read(name, text, set, true)
}

// With is c with assignments, as Parse makes them after a file.
func (c *Config) With(set []string) (*Config, error) {
	if len(set) == 0 {
		return c, nil
	}
	d := decoder{draft: *draftOf(c), name: "configuration", places: map[string]string{}}
	d.assign(set)
	return d.finish()
}

func read(name string, text []byte, set []string, kept bool) (*Config, error) {
	d := decoder{name: name, first: filepath.Clean(name), kept: kept, places: map[string]string{}}
	if !d.text(text) {
		return nil, errors.Join(d.faults...)
	}
	if kept {
		d.forgive()
	}
	d.assign(set)
	return d.finish()
}

// finish is the configuration that has been read, or every fault there was.
func (d *decoder) finish() (*Config, error) {
	c, faults := d.config()
	for _, f := range faults {
		d.fault(d.place(f.Path), f)
	}
	if more := len(d.faults) - maxFaults; more > 0 {
		d.faults = append(d.faults[:maxFaults], fmt.Errorf("%s: %d more faults", d.name, more))
	}
	if len(d.faults) > 0 {
		return nil, errors.Join(d.faults...)
	}
	c.place, c.bases = d.place, d.bases
	return c, nil
}

// decoder fills a draft from YAML nodes, noting where each value stood.
type decoder struct {
	draft
	name   string            // of the file that is read
	first  string            // that was read first, as a path
	kept   bool              // whether a run kept it
	bases  []string          // that were read before it
	over   string            // the place of what is read, "" for that of its node
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
func (d *decoder) text(text []byte) bool {
	if len(text) > MaxConfig {
		d.fault(d.name, &choice.Fault{Got: fmt.Sprintf("%d bytes", len(text)), Want: fmt.Sprintf("at most %d",
			MaxConfig)})
		return false
	}
	var doc, second yaml.Node
	r := yaml.NewDecoder(bytes.NewReader(text))
	err := r.Decode(&doc)
	if err == nil {
		if err = r.Decode(&second); err == nil {
			place := fmt.Sprintf("%s:%d:%d", d.name, second.Line, second.Column)
			d.fault(place, &choice.Fault{Got: "a second document", Want: "one"})
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
	if nothing(top) {
		return true
	}
	if !d.based(top) {
		return false
	}
	d.section("", top)
	return top.Kind == yaml.MappingNode
}

// here is the place of a node.
func (d *decoder) here(node *yaml.Node) string {
	if d.over != "" {
		return d.over
	}
	return fmt.Sprintf("%s:%d:%d", d.name, node.Line, node.Column)
}

// mark keeps where a node stands, for path and all that is in it, and returns it.
func (d *decoder) mark(path string, node *yaml.Node) string {
	d.forget(path)
	d.places[path] = d.here(node)
	return d.places[path]
}

// forget drops the places of what is in path.
func (d *decoder) forget(path string) {
	for p := range d.places {
		if path != "" && strings.HasPrefix(p, path+".") {
			delete(d.places, p)
		}
	}
}
