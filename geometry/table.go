package geometry

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is numbers and words in rows. A cell is a float64, an int or a string.
type Table struct {
	Name    string   `json:"name"` // of its file
	Title   string   `json:"title"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
	// Unprinted says that the table is written as a file and not printed: it says another again,
	// in all digits.
	Unprinted bool `json:"unprinted,omitempty"`
}

// add appends a row.
func (t *Table) add(cells ...any) {
	if len(cells) != len(t.Columns) {
		panic(fmt.Sprintf("geometry: table %s: got a row of %d cells, want %d", t.Name, len(cells),
			len(t.Columns)))
	}
	for i, c := range cells {
		if v, ok := c.(float64); ok && math.Abs(v) > math.MaxFloat64 || c != c {
			cells[i] = strconv.FormatFloat(v, 'g', -1, 64) // JSON has no infinity
		}
	}
	t.Rows = append(t.Rows, cells)
}

// Text is a cell as people read it, to five digits.
func Text(cell any) string {
	switch v := cell.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', 5, 64)
	case string:
		return v
	}
	return fmt.Sprint(cell)
}

// Print writes t in columns.
func (t *Table) Print(w io.Writer) error {
	width := make([]int, len(t.Columns))
	lines := [][]string{t.Columns}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = Text(c)
		}
		lines = append(lines, line)
	}
	for _, line := range lines {
		for i, text := range line {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	var b strings.Builder
	b.WriteString(t.Title + "\n")
	for _, line := range lines {
		var l strings.Builder
		for i, text := range line {
			l.WriteString("  " + text + strings.Repeat(" ", width[i]-utf8.RuneCountInString(text)))
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteCSV writes t with all digits.
func (t *Table) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(t.Columns); err != nil {
		return err
	}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, cell := range row {
			text, err := json.Marshal(cell)
			if err != nil {
				return fmt.Errorf("geometry: WriteCSV: %s: %w", t.Name, err)
			}
			line[i] = strings.Trim(string(text), `"`)
			if s, ok := cell.(string); ok {
				line[i] = s
			}
		}
		if err := c.Write(line); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
