package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/stillfield/stillfield/datasets/survey"
)

// printSurvey prints r for people. sheet says where the picture is and what it shows, "" for
// none.
func printSurvey(w io.Writer, r *survey.Report, sheet string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", name, visible(fmt.Sprintf(format, args...)))
	}
	line("data", "%s", r.Data)
	what := "samples"
	if r.Image {
		what = "images"
	}
	line("samples", "%d %s of %d×%d×%d, %s in float32", r.Count, what, r.Shape[0], r.Shape[1], r.Shape[2],
		amount(r.Bytes))
	line("values", "%s", valuesText(r.Values))
	for k, c := range r.Channels {
		line(fmt.Sprintf("channel %d", k), "%s", valuesText(c))
	}
	printClasses(line, r.Classes)
	line("equal", "%s", equalText(r))
	if r.HeldOut != "" {
		line("test set", "%s", sharedText(r))
	}
	for _, note := range r.Notes {
		line("note", "%s", note)
	}
	for _, f := range r.Faults {
		line("fault", "%d %s", f.Count, f.What)
		for _, s := range f.Samples {
			line("", "%s", s)
		}
		if more := f.Count - len(f.Samples); more > 0 && len(f.Samples) > 0 {
			line("", "and %d more", more)
		}
	}
	if len(r.Faults) == 0 {
		line("faults", "none")
	}
	line("fingerprint", "%s", r.Fingerprint)
	if r.Credit != "" {
		line("credit", "%s", r.Credit)
	}
	if sheet != "" {
		line("picture", "%s", sheet)
	}
	return t.Flush()
}

func valuesText(v survey.Values) string {
	return fmt.Sprintf("mean %.4g, deviation %.4g, from %.4g to %.4g", v.Mean, v.Deviation, v.Least,
		v.Largest)
}

// printClasses prints the classes, of many the rarest and the most frequent alone.
func printClasses(line func(name, format string, args ...any), classes []survey.Class) {
	if len(classes) == 0 {
		line("classes", "none: the samples have no labels")
		return
	}
	const most = 20
	least, largest := classes[0], classes[0]
	var text []string
	for _, c := range classes {
		if c.Count < least.Count {
			least = c
		}
		if c.Count > largest.Count {
			largest = c
		}
		text = append(text, classText(c))
	}
	if len(classes) > most {
		line("classes", "%d, from %s to %s", len(classes), classText(least), classText(largest))
		return
	}
	line("classes", "%d: %s", len(classes), strings.Join(text, ", "))
}

// classText is a class with its samples: "3 (cat): 500".
func classText(c survey.Class) string {
	if c.Name != "" {
		return fmt.Sprintf("%d (%s): %d", c.Class, c.Name, c.Count)
	}
	return fmt.Sprintf("%d: %d", c.Class, c.Count)
}

// equalText says which samples are equal.
func equalText(r *survey.Report) string {
	if r.Copies == 0 {
		return "no two samples are equal"
	}
	var first []string
	for _, e := range r.Equal {
		text := strings.Trim(fmt.Sprint(e.Samples), "[]")
		if more := e.Count - len(e.Samples); more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		first = append(first, text)
	}
	return fmt.Sprintf("%d samples are copies of an earlier one, such as %s", r.Copies,
		strings.Join(first, "; "))
}

// sharedText says which samples of the test set are in the data.
func sharedText(r *survey.Report) string {
	if r.Leaked == 0 {
		return "no sample of " + r.HeldOut + " is among these"
	}
	var first []string
	for _, s := range r.Shared {
		first = append(first, fmt.Sprintf("%d = %d", s.Test, s.Here))
	}
	return fmt.Sprintf("%d samples of %s are among these, such as %s", r.Leaked, r.HeldOut,
		strings.Join(first, ", "))
}

// amount is a number of bytes as people read it.
func amount(bytes int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if bytes >= u.size {
			return fmt.Sprintf("%.3g %s", float64(bytes)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", bytes)
}
