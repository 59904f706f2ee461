package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/stillfield/stillfield/format/atomicfile"
	"io"
)

// The files of a run directory.
const (
	configFile = "config.yaml"
	logFile    = "log.jsonl"
	lockFile   = ".lock"
	SampleDir  = "samples"
)

// ReadRun reads the configuration a run directory keeps.
func ReadRun(dir string, set []string) (*Config, error) {
	path := filepath.Join(dir, configFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("train: %s is not a run: %w", dir, err)
	}
	return Parse(path, text, set)
}

// IsRun reports whether dir holds a run.
func IsRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, configFile))
	return err == nil
}

// enter makes dir the run directory of c, locked until leave is called. A
// directory that holds a run of another configuration, or that another process
// is in, is refused, and nothing in it is touched.
func enter(dir string, c *Config) (leave func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("train: run directory: %w", err)
	}
	leave, err = lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("train: run directory %s: %w", dir, err)
	}
	text, err := c.Encode()
	if err == nil {
		err = adopt(dir, c, text)
	}
	if err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// adopt compares c with the configuration the directory has, if any, and writes c.
func adopt(dir string, c *Config, text []byte) error {
	path := filepath.Join(dir, configFile)
	switch _, err := os.Stat(path); {
	case err == nil:
		old, err := ReadRun(dir, nil)
		if err != nil {
			return err
		}
		if diffs := differences(old, c); len(diffs) > 0 {
			return fmt.Errorf("train: %s holds a run of another configuration: %s; choose another directory with --run",
				dir, strings.Join(diffs, "; "))
		}
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("train: run directory: %w", err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// mayChange lists what a resumed run may change without being another run.
var mayChange = []string{"steps", "device", "workers", "log", "sample", "name"}

// differences lists the keys at which two configurations differ, but for those
// that may change.
func differences(old, now *Config) []string {
	var a, b yaml.Node
	if err := errors.Join(a.Encode(old), b.Encode(now)); err != nil {
		return []string{err.Error()}
	}
	flatA, flatB := map[string]string{}, map[string]string{}
	keys := flatten("", &b, flatB, flatten("", &a, flatA, nil))
	var ds []string
	seen := map[string]bool{}
	for _, k := range keys {
		top, _, _ := strings.Cut(k, ".")
		allowed := false
		for _, m := range mayChange {
			allowed = allowed || top == m
		}
		if !allowed && !seen[k] && flatA[k] != flatB[k] {
			ds = append(ds, fmt.Sprintf("%s is %s there and %s here", k, orNone(flatA[k]), orNone(flatB[k])))
		}
		seen[k] = true
	}
	return ds
}

func orNone(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// flatten lists the leaves of a document by path, in order.
func flatten(path string, n *yaml.Node, into map[string]string, keys []string) []string {
	if n.Kind != yaml.MappingNode {
		if n.Kind == yaml.SequenceNode {
			parts := make([]string, len(n.Content))
			for i, c := range n.Content {
				parts[i] = c.Value
			}
			into[path] = "[" + strings.Join(parts, ", ") + "]"
		} else {
			into[path] = n.Value
		}
		return append(keys, path)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i].Value
		if path != "" {
			k = path + "." + k
		}
		keys = flatten(k, n.Content[i+1], into, keys)
	}
	return keys
}
