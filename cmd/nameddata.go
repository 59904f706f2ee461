package cmd

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/run"
)

// namedData is the data that a text names: a source, an experiment, a configuration or a run, or
// what a path leads to. Errors begin with what is named.
func namedData(what, text string) (choice.Choice, error) {
	c, spelt := choice.Parse(text)
	_, source := datasets.Sources.Find(c.Kind)
	_, missing := os.Stat(text)
	switch {
	case spelt == nil && source:
		return c, nil
	case run.Is(text):
		cfg, err := run.ReadConfig(text, nil)
		if err != nil {
			return c, err
		}
		return cfg.Data, nil
	case strings.HasSuffix(text, ".yaml"), slices.Contains(configs.Names(), text):
		cfg, err := readConfig(text, "", nil)
		if err != nil {
			return c, err
		}
		return cfg.Data, nil
	case missing == nil:
		return datasets.Recognize(text, "")
	case strings.ContainsAny(text, "/.") && !strings.Contains(text, ":"):
		// A path was meant.
		return c, fmt.Errorf("%s: %s: %w", what, choice.Show(text), errors.Unwrap(missing))
	}
	kind, _, more := strings.Cut(text, ":")
	if _, source := datasets.Sources.Find(kind); source && more {
		return c, fmt.Errorf("%s: %w", what, spelt)
	}
	want := "a path or " + choice.OneOf(kind, append(datasets.Sources.Names(), configs.Names()...))
	return c, &choice.Fault{Path: what, Got: choice.Show(text), Want: want}
}
