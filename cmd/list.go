package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/eval/features"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/sample"
)

func newList() *cobra.Command {
	return &cobra.Command{
		Use:   "list [WHAT [NAME]]",
		Short: "List the experiments, processes, networks, samplers and data there are",
		Long: `List prints what the program knows by name, a line each; of WHAT alone, or of one
NAME with its keys, what they do and their defaults.`,
		Example: `  stillfield list
  stillfield list samplers
  stillfield list networks unet`,
		Args: arguments(0, 2, "a sort of things, and one of them"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (
			[]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				var all []string
				for _, l := range lists() {
					all = append(all, l.name+"\t"+l.about)
				}
				return all, cobra.ShellCompDirectiveNoFileComp
			}
			l, err := listOf(args[0])
			if err != nil || len(args) > 1 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return l.table.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return runList(c.OutOrStdout(), args) },
	}
}

func runList(w io.Writer, args []string) error {
	if len(args) == 0 {
		for i, l := range lists() {
			if i > 0 {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "%s: %s\n", l.name, l.about)
			l.print(w)
		}
		return nil
	}
	l, err := listOf(args[0])
	if err != nil {
		return err
	}
	if len(args) == 1 {
		l.print(w)
		return nil
	}
	e, ok := l.table.Find(args[1])
	if !ok {
		return &choice.Fault{Path: l.table.What, Got: choice.Show(args[1]),
			Want: choice.OneOf(args[1], l.table.Names())}
	}
	l.describe(w, e)
	return nil
}

// list is a table under the name that people use for what is in it.
type list struct {
	name, about string
	table       choice.Table[any]
}

// lists are all tables whose entries a configuration can name, and the configurations
// that come with the program.
func lists() []list {
	ls := []list{
		{"experiments", "stillfield train NAME", experiments()},
		{"processes", "field: NAME in a configuration, --field NAME", field.Processes.Section()},
	}
	for _, s := range experiment.Sections() {
		if len(s.Table.Entries) == 0 {
			continue
		}
		about := choice.Join(s.Path, s.Table.Key) + " in a configuration"
		name := s.Table.What + "s"
		if s.Path == "data" {
			name = "datasets"
		}
		ls = append(ls, list{name, about, s.Table})
	}
	return append(ls, list{"meters", "diagnostics.meters in a configuration, geometry field --meters NAME",
		meter.Meters.Section()}, list{"metrics", "eval --metrics NAME,NAME", eval.Metrics.Section()},
		list{"features", "eval --features NAME", features.Extractors.Section()})
}

// experiments are the configurations of the program as a table. What a file says of
// itself begins with a comment, whose first line is what the experiment is; the base that
// it differs from stands behind that.
func experiments() choice.Table[any] {
	t := choice.Table[any]{What: "experiment"}
	for _, name := range configs.Names() {
		text, err := configs.Read(name)
		if err != nil {
			panic("cmd: an experiment that is listed cannot be read: " + err.Error())
		}
		c, err := experiment.Parse(name+".yaml", text, nil)
		if err != nil {
			panic("cmd: an experiment that is listed is at fault: " + err.Error())
		}
		first, _, _ := strings.Cut(string(text), "\n")
		about := strings.TrimPrefix(first, "# ")
		if len(c.Bases()) > 0 {
			about += " (base: " + c.Bases()[0] + ")"
		}
		t.Entries = append(t.Entries, choice.Entry[any]{Name: name, About: about})
	}
	return t
}

// listOf is the list of that name, in the plural or the singular.
func listOf(name string) (list, error) {
	var names []string
	for _, l := range lists() {
		if name == l.name || name == l.table.What {
			return l, nil
		}
		names = append(names, l.name)
	}
	return list{}, &choice.Fault{Path: "list", Got: choice.Show(name), Want: choice.OneOf(name, names)}
}

// print prints a line for each entry.
func (l list) print(w io.Writer) {
	width := 0
	for _, e := range l.table.Entries {
		width = max(width, len(e.Name))
	}
	for _, e := range l.table.Entries {
		fmt.Fprintf(w, "  %-*s  %s\n", width, e.Name, e.About)
	}
	if l.table.What == sample.Samplers.What {
		fmt.Fprintln(w, "where none is asked for, the first of these that the process allows:")
		for _, s := range sample.Suits {
			fmt.Fprintf(w, "  %-*s  for %s: %s\n", width, s.Sampler, s.For, s.Why)
		}
	}
}

// describe prints all that is known of an entry.
func (l list) describe(w io.Writer, e *choice.Entry[any]) {
	fmt.Fprintf(w, "%s: %s\n", e.Name, e.About)
	if len(e.Aliases) > 0 {
		fmt.Fprintf(w, "also called %s\n", strings.Join(e.Aliases, ", "))
	}
	if e.Paper != "" {
		fmt.Fprintf(w, "from %s\n", e.Paper)
	}
	if e.Example != "" {
		fmt.Fprintf(w, "for example %s\n", e.Example)
	}
	params := l.table.Params(e)
	width := 0
	for _, p := range params {
		width = max(width, len(p.Name))
	}
	for _, p := range params {
		usual := p.Usually()
		if usual == "" {
			usual = "nothing"
		}
		fmt.Fprintf(w, "  %-*s  %s: %s, default %s\n", width, p.Name, p.About, p.Wants(), usual)
	}
}
