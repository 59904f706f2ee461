package sample

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzJournal: whatever is in a journal, it is read without a panic, and what is put into
// it is there.
func FuzzJournal(f *testing.F) {
	dir := f.TempDir()
	if _, err := drawInto(f, dir, stopping(), plane, 5, true); err != nil {
		f.Fatal(err)
	}
	whole := read(f, filepath.Join(dir, journalFile))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(journalMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), journalFile)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		j, identity, err := openJournal(path)
		if err != nil {
			t.Fatal(err)
		}
		defer j.f.Close()
		if identity == nil {
			if err := j.begin([]byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := j.tally(); err != nil {
			t.Fatal(err)
		}
		want := record{nfe: 7, stopped: true, sum: 5, energy: -1}
		if err := j.put(2, want); err != nil {
			t.Fatal(err)
		}
		n, err := j.records()
		if err != nil || n < 3 {
			t.Fatalf("%d records, %v", n, err)
		}
		rs := make([]record, min(n, 100))
		if err := j.get(rs, 0, make([]byte, len(rs)*recordBytes)); err != nil || rs[2] != want {
			t.Fatalf("%+v, %v, want %+v", rs[2], err, want)
		}
	})
}
