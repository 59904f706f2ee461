package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// titled is the annotation of a flag that help lists under a title of its own.
const titled = "stillfield_title"

// under puts flags of a command under a title in its help.
func under(c *cobra.Command, title string, names ...string) {
	for _, name := range names {
		if err := c.Flags().SetAnnotation(name, titled, []string{title}); err != nil {
			panic("cmd: a title for a flag that is not there: " + err.Error())
		}
	}
}

// useTitles makes the help of root and of what is below it list flags by title.
func useTitles(root *cobra.Command) {
	const usual = "Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}"
	before, after, found := strings.Cut(root.UsageTemplate(), usual)
	if !found {
		panic("cmd: cobra's usage has no list of flags where it had one")
	}
	cobra.AddTemplateFunc("flagsByTitle", flagsByTitle)
	root.SetUsageTemplate(before + "{{flagsByTitle .LocalFlags | trimTrailingWhitespaces}}" + after)
}

// flagsByTitle lists flags: those without a title, then each title with its own, as they were
// added.
func flagsByTitle(flags *pflag.FlagSet) string {
	titles := []string{"Flags"}
	sets := map[string]*pflag.FlagSet{}
	flags.VisitAll(func(f *pflag.Flag) {
		title := titles[0]
		if own := f.Annotations[titled]; len(own) > 0 {
			title = own[0]
		}
		if sets[title] == nil {
			sets[title] = pflag.NewFlagSet(title, pflag.ContinueOnError)
		}
		if !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
		sets[title].AddFlag(f)
	})
	slices.Sort(titles[1:])
	var b strings.Builder
	for _, title := range titles {
		if set := sets[title]; set != nil {
			b.WriteString(title + ":\n" + set.FlagUsages() + "\n")
		}
	}
	return b.String()
}
