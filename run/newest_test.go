package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/experiment"
)

// part keeps the tensors of one part of the weights.
func part(state string) edit {
	return tensors(func(ts list) list {
		return slices.DeleteFunc(ts, func(t tensor) bool { return !strings.HasPrefix(t.Name, state+".") })
	})
}

func write(t testing.TB, path string, text []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file is read as far as it is asked for: the part that is drawn with needs no
// other beside it, training needs all, and what is not asked for takes no memory.
func TestParts(t *testing.T) {
	ck := aCheckpoint(t)
	dir := t.TempDir()
	all := write(t, filepath.Join(dir, "all"), content(t, ck.Path))
	average := write(t, filepath.Join(dir, "average.ckpt"), rewritten(t, ck, part(experiment.StateAverage)))
	raw := write(t, filepath.Join(dir, "raw"), rewritten(t, ck, part(experiment.StateWeights)))
	moments := write(t, filepath.Join(dir, "m"), rewritten(t, ck, part(experiment.StateM)))
	for _, tt := range []struct {
		name  string
		read  Reader
		sound []string
		bad   []string
		holds []string // of the result
	}{
		{"training", Load, []string{all}, []string{average, raw, moments}, ck.States()},
		{"verified", Verify, []string{all}, []string{average, raw, moments}, nil},
		{"described", Describe, []string{all, average, raw}, []string{moments}, nil},
		{"average", LoadPart(experiment.StateAverage), []string{all, average}, []string{raw, moments},
			[]string{experiment.StateAverage}},
		{"raw", LoadPart(experiment.StateWeights), []string{all, raw}, []string{average, moments},
			[]string{experiment.StateWeights}},
	} {
		for _, path := range tt.sound {
			got, err := tt.read(path)
			if err != nil {
				t.Errorf("%s of %s: %v", tt.name, path, err)
				continue
			}
			for _, p := range ck.Weights.Parts() {
				want := p.Data
				if !slices.Contains(tt.holds, p.State) {
					want = nil
				}
				if !slices.Equal(got.Weights.Part(p.State), want) {
					t.Errorf("%s of %s: %s has %d numbers, want %d", tt.name, path, p.State,
						len(got.Weights.Part(p.State)), len(want))
				}
			}
		}
		for _, path := range tt.bad {
			if _, err := tt.read(path); err == nil || !strings.Contains(err.Error(), "tensor") {
				t.Errorf("%s of %s: %v", tt.name, path, err)
			}
		}
	}
	torn := content(t, all)
	torn[len(torn)-1] ^= 1
	if _, err := Describe(write(t, filepath.Join(dir, "torn"), torn)); err == nil {
		t.Error("a torn file is described")
	}
}

// The newest is found among files that are torn, renamed, directories or of other
// names, whichever of these come first.
func TestNewestOf(t *testing.T) {
	ck := aCheckpoint(t)
	good := content(t, ck.Path)
	for _, tt := range []struct {
		name    string
		files   map[int]string // by step: good, torn or directory
		want    int            // −1 for none
		skipped []string
	}{
		{"one", map[int]string{5: "good"}, 5, nil},
		{"a name that is not its step's", map[int]string{5: "good", 7: "good"}, 5,
			[]string{"step-000000007.safetensors: it is of step 5, want that of its name"}},
		{"a directory", map[int]string{5: "good", 9: "directory"}, 5, nil},
		{"a directory alone", map[int]string{9: "directory"}, -1, nil},
		{"torn ones", map[int]string{5: "good", 8: "torn", 9: "torn"}, 5,
			[]string{"000000009.safetensors: file truncated", "000000008.safetensors: file truncated"}},
	} {
		dir := t.TempDir()
		for step, what := range tt.files {
			path := CheckpointPath(dir, step)
			switch what {
			case "good":
				write(t, path, good)
			case "torn":
				write(t, path, good[:len(good)-1])
			case "directory":
				write(t, filepath.Join(path, "inside"), nil)
			}
		}
		got, skipped, err := Newest(dir, Load)
		if tt.want < 0 {
			if err == nil || !strings.Contains(err.Error(), ErrNoCheckpoint.Error()) {
				t.Errorf("%s: %v, want %v", tt.name, err, ErrNoCheckpoint)
			}
			continue
		}
		if err != nil || got.Step != tt.want || len(skipped) != len(tt.skipped) {
			t.Errorf("%s: %v, %v, skipped %v", tt.name, got, err, skipped)
			continue
		}
		for i, want := range tt.skipped {
			if !strings.Contains(skipped[i].Error(), want) {
				t.Errorf("%s: skipped %v, want %s", tt.name, skipped[i], want)
			}
		}
	}
}

// What cannot be read is not counted among the checkpoints that are kept, and
// nothing but whole ones of steps so far is removed.
func TestPrune(t *testing.T) {
	ck := aCheckpoint(t)
	dir := t.TempDir()
	of := func(step string) []byte { return rewritten(t, ck, metadata("step", becomes(step))) }
	for step, text := range map[int][]byte{
		2: of("2"), 3: of("3"), 4: of("3"), 5: content(t, ck.Path), 6: of("6")[:99], 7: of("7"), 9: of("9"),
	} {
		write(t, CheckpointPath(dir, step), text)
	}
	write(t, filepath.Join(CheckpointPath(dir, 1), "inside"), nil)
	k := NewKeeper(dir, CheckpointPath(dir, 5))
	for _, tt := range []struct {
		step, keep int
		left       []int
	}{{7, 2, []int{1, 4, 5, 6, 7, 9}}, {7, 1, []int{1, 4, 6, 7, 9}}, {9, 1, []int{1, 4, 6, 9}}} {
		if err := k.Prune(tt.step, tt.keep); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(dir, checkpointDir))
		if err != nil {
			t.Fatal(err)
		}
		var left []int
		for _, e := range entries {
			left = append(left, stepOf(e.Name()))
		}
		if !slices.Equal(left, tt.left) {
			t.Errorf("at step %d, %d kept: %v are left, want %v", tt.step, tt.keep, left, tt.left)
		}
	}
}

// A file is a checkpoint by how it begins.
func TestIsCheckpoint(t *testing.T) {
	ck := aCheckpoint(t)
	dir := t.TempDir()
	for _, tt := range []struct {
		name string
		text []byte
		want bool
	}{
		{"model.ckpt", content(t, ck.Path), true}, {"torn", content(t, ck.Path)[:500], true},
		{"short", content(t, ck.Path)[:8], false}, {"empty.safetensors", nil, false},
		{"config.yaml", []byte("steps: 5\nbatch: 3\n"), false},
		{"flow.yaml", []byte("        {steps: 5}"), false},
	} {
		if got := IsCheckpoint(write(t, filepath.Join(dir, tt.name), tt.text)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	if IsCheckpoint(dir) || IsCheckpoint(filepath.Join(dir, "absent")) {
		t.Error("a directory, or what is not there, is a checkpoint")
	}
}

// A name is a checkpoint's exactly if it is the one its step has.
func FuzzCheckpointName(f *testing.F) {
	for _, s := range []string{"step-000000005.safetensors", "step-5.safetensors", "step-", "",
		"step-4294967296.safetensors", "step--00000001.safetensors", "step-+00000001.safetensors",
		"step-0000000５.safetensors"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if step := stepOf(name); step >= 0 && filepath.Base(CheckpointPath("", step)) != name {
			t.Errorf("%q is of step %d, whose name is %q", name, step, CheckpointPath("", step))
		}
	})
}
