package house

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field"
)

// choices are the rows of the table in docs/configuration.md of what may be named, from the tables.
func choices() string {
	var b strings.Builder
	row := func(key string, t choice.Table[any]) {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", key, strings.Join(t.Names(), "`, `"))
	}
	row("field", field.Processes.Section())
	for _, s := range experiment.Sections() {
		if s.Table.Key != "" {
			row(choice.Join(s.Path, s.Table.Key), s.Table)
		}
	}
	row("optimizer.schedule", experiment.Rates.Section())
	return b.String()
}

// The page on configurations lists what the tables have. Where it does not, the failure prints the
// rows as they should be.
func TestConfigurationListsWhatThereIs(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	const head = "| key | what it may be |\n|---|---|\n"
	_, rows, found := strings.Cut(string(text), head)
	rows, _, ended := strings.Cut(rows, "\n\n")
	if want := choices(); !found || !ended || rows+"\n" != want {
		t.Errorf("docs/configuration.md has\n%s\nwant\n%s", rows, want)
	}
}
