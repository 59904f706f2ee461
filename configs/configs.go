// Package configs holds the experiments that come with the program, one file
// each: only what differs from the defaults, and what it costs.
package configs

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Default is the experiment that runs when none is named.
const Default = "digits-eqm"

// Names lists the experiments in alphabetical order.
func Names() []string {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		panic("configs: the embedded files cannot be listed")
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names) // with their endings, a-b came before a
	return names
}

// Read returns the text of an experiment.
func Read(name string) ([]byte, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("configs: got %q, want a file or one of %s", name, strings.Join(Names(), ", "))
	}
	return text, nil
}
