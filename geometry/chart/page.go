package chart

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"

	"github.com/stillfield/stillfield/geometry"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"cell": geometry.Text, "picture": inline,
}).Parse(pageText))

// inline is a plot as the address of a picture that a page carries itself.
func inline(p geometry.Plot) (template.URL, error) {
	var b bytes.Buffer
	if err := Write(&b, p, "png"); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// Page writes results as one HTML page that needs no other file: pictures, tables, the
// commands that print them, and each erratum beside the measurement that shows it.
func Page(w io.Writer, results []*geometry.Result, version string) error {
	type entry struct {
		geometry.Erratum
		Figure string
	}
	var errata []entry
	var seconds float64
	for _, r := range results {
		seconds += r.Seconds
		for _, e := range r.Errata {
			errata = append(errata, entry{e, r.Figure})
		}
	}
	slices.SortStableFunc(errata, func(p, q entry) int { return p.Number - q.Number })
	err := page.Execute(w, map[string]any{"Results": results, "Errata": errata, "Version": version,
		"Seconds": fmt.Sprintf("%.0f", seconds)})
	if err != nil {
		return fmt.Errorf("chart: Page: %w", err)
	}
	return nil
}
