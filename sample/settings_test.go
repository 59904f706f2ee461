package sample

import (
	"encoding/json"
	"testing"
)

// Settings are those that the sampler takes, and come back as they were.
func TestSettings(t *testing.T) {
	for _, e := range Samplers.Entries {
		s := with(func(s *Spec) { s.Sampler, s.Label = e.Name, []int{1, -1} })
		_, full, faults := Samplers.Resolve("", s.Choice(), nil)
		if err := faults.Err(); err != nil {
			t.Fatal(err)
		}
		s.Fill(full)
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var said map[string]any
		if err := json.Unmarshal(text, &said); err != nil {
			t.Fatal(err)
		}
		takes := map[string]bool{}
		for _, p := range Samplers.Params(&e) {
			takes[p.Name] = true
		}
		for _, name := range ownFields {
			if _, is := said[name]; is != takes[name] {
				t.Errorf("%s: %s is said: %t, and taken: %t", e.Name, name, is, takes[name])
			}
		}
		var again Spec
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		second, err := json.Marshal(again)
		if err != nil || string(second) != string(text) || again.Name() != s.Name() {
			t.Errorf("%s: %s came back as %s, %v", e.Name, text, second, err)
		}
	}
}
