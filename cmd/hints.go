package cmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
)

// habits are flags of other programs that train and sample, and what does the same
// here. %s is the command that the flag was given to.
var habits = map[string]string{
	"batch-size": "--batch is the samples at a time",
	"epochs":     "--steps is the length of a run: an epoch of N samples is N/batch steps",
	"resume":     "stillfield train RUN goes on with the run in that directory",
	"config":     "the configuration is an argument: stillfield %s CONFIG",
	"num":        "-n is how many",
	"output":     "--out is where samples go, --run where a run goes",
	"cfg":        "the configuration is an argument: stillfield %s CONFIG",
	"ema":        "--set average.half_life=IMAGES is its length; sample draws with it unless --weights raw",
}

// flagHint names, of a flag that a command does not have, what the user may have meant:
// what the flag does elsewhere, the key of the configuration that ends so, or the
// nearest flag.
func flagHint(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	name := strings.TrimLeft(unknown.GetSpecifiedName(), "-")
	if len(name) == 1 {
		return fmt.Errorf("-%s: unknown flag: %s --help lists those there are", name, c.CommandPath())
	}
	hint := c.CommandPath() + " --help lists those there are"
	if habit, ok := habits[name]; ok {
		hint = strings.ReplaceAll(habit, "%s", c.Name())
	} else if key := keyCalled(name); key != "" && c.Flags().Lookup("set") != nil {
		hint = "--set " + key + "=VALUE sets that"
	} else if near := choice.Nearest(name, flagNames(c)); near != "" {
		hint = "did you mean --" + near + "?"
	}
	return fmt.Errorf("--%s: unknown flag: %s", name, hint)
}

// keyCalled is the key of a configuration whose last word is name, "" where there is
// none.
func keyCalled(name string) string {
	name = strings.ReplaceAll(name, "-", "_")
	for _, s := range experiment.Sections() {
		for _, p := range s.Table.Common {
			if p.Name == name {
				return choice.Join(s.Path, name)
			}
		}
		for _, e := range s.Table.Entries {
			for _, p := range e.Params {
				if p.Name == name {
					return choice.Join(s.Path, name)
				}
			}
		}
	}
	return ""
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// given refuses a flag that was given an empty value, as an unset variable of a shell
// leaves it: it would be as if the flag were not there.
func given(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.String() == "" && err == nil {
			err = fmt.Errorf("--%s: got an empty value, want a %s", f.Name, f.Value.Type())
		}
	})
	return err
}

// arguments holds a command to between lo and hi arguments, and tells whoever gives an
// assignment as one which flag takes it.
func arguments(lo, hi int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		for _, a := range args {
			if a == "" { // what an unset variable of a shell leaves
				return fmt.Errorf("%s: got an empty argument, want %s", c.Name(), what)
			}
			key, _, assigns := strings.Cut(a, "=")
			kind, _, _ := strings.Cut(key, ":")
			_, data := datasets.Sources.Find(kind)
			if _, err := os.Stat(a); !assigns || err == nil || data {
				continue
			}
			full := key
			if !strings.Contains(key, ".") && keyCalled(key) != "" {
				full = keyCalled(key)
			}
			return fmt.Errorf("%s: got %q, want %s; --set %s changes a key of the configuration",
				c.Name(), visible(a), what, shell(full+strings.TrimPrefix(a, key)))
		}
		switch {
		case len(args) < lo:
			return fmt.Errorf("%s: got no argument, want %s", c.Name(), what)
		case len(args) > hi:
			return fmt.Errorf("%s: got %d arguments, the second of them %q, want %s", c.Name(), len(args),
				visible(args[1]), what)
		}
		return nil
	}
}
