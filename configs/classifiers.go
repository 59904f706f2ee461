package configs

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed classifiers/*.yaml
var classifiers embed.FS

// Classifiers lists the recipes of classifiers, whose features sets of images are compared
// in, in alphabetical order: each has the name of its data.
func Classifiers() []string {
	entries, err := fs.ReadDir(classifiers, "classifiers")
	if err != nil {
		panic("configs: the embedded recipes cannot be listed")
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// ReadClassifier returns the text of a recipe.
func ReadClassifier(name string) ([]byte, error) {
	text, err := classifiers.ReadFile("classifiers/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("configs: got %q, want a file or one of %s", name,
			strings.Join(Classifiers(), ", "))
	}
	return text, nil
}
