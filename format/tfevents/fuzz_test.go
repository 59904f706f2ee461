package tfevents

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzName: whatever a file of the directory is called, the next event file sorts
// behind it if it is an event file of a time that can be exceeded.
func FuzzName(f *testing.F) {
	for _, name := range []string{
		"events.out.tfevents.1700000000.host.4711.0", "events.out.tfevents.1700000000.host.4711.0.v2",
		"events.out.tfevents.9999999998.a", "events.out.tfevents.9999999999.a",
		"events.out.tfevents.-100000000.a", "events.out.tfevents.17000000000.a",
		"events.out.tfevents.170000000", "events.out.tfevents.", "log.jsonl",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		second, ok := secondOf(name)
		if !ok {
			return
		}
		if second < 0 || second >= lastSecond {
			t.Fatalf("%q is of second %d", name, second)
		}
		if len(name) > 200 || strings.ContainsAny(name, "/\x00") {
			return
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		w := open(t, dir, 0, newClock())
		if next := filepath.Base(w.Path()); next <= name {
			t.Fatalf("%q sorts before %q", next, name)
		}
	})
}

// FuzzEvent: what is written is read, whatever the tag, the text and the number,
// and a text that is not UTF-8 is refused.
func FuzzEvent(f *testing.F) {
	f.Add(int64(801), "loss/train", float32(0.5), "\tseed: 1")
	f.Add(int64(-1), "", float32(0), "\xff")
	f.Fuzz(func(t *testing.T, step int64, tag string, v float32, markdown string) {
		w := open(t, t.TempDir(), 0, newClock())
		good := tag != "" && utf8.ValidString(tag)
		if err := w.Scalar(step, tag, float64(v)); (err == nil) != good {
			t.Fatalf("tag %q: %v", tag, err)
		}
		if !good {
			return
		}
		good = utf8.ValidString(markdown)
		if err := w.Text(step, tag, markdown); (err == nil) != good {
			t.Fatalf("text %q: %v", markdown, err)
		}
		if err := w.Close(); (err == nil) != good || !good {
			return
		}
		r := records(t, w.Path())
		scalar := at(t, r[2], eventSummary, summaryValue)
		text := at(t, r[3], eventSummary, summaryValue, valueTensor)
		if len(r) != 4 || fields(t, r[2])[eventStep] != step || scalar[valueTag] != tag ||
			scalar[valueSimple] != v && v == v || text[tensorStringVal] != markdown {
			t.Fatalf("step %d, tag %q, value %v, text %q came back as %v and %v",
				step, tag, v, markdown, scalar, text)
		}
	})
}
