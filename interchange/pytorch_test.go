package interchange

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/stillfield/stillfield/format/safetensors"
)

// answers are the arrays of testdata/answers.safetensors.
func answers(t *testing.T) func(name string) []float32 {
	f, err := safetensors.Open("testdata/answers.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return func(name string) []float32 {
		x, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

// sources are the state dicts of a file of testdata.
func sources(t *testing.T, name string) (weights, average Source) {
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if weights, average, err = f.Sources(); err != nil {
		t.Fatal(err)
	}
	return weights, average
}

// The transformer is the released one: with the weights of a state dict of theirs, it answers
// what PyTorch does (scripts/interchange/golden.py wrote both), times the sign of the target.
func TestPyTorch(t *testing.T) {
	get := answers(t)
	const n = 4
	times, labels := get("t"), get("y")
	sit, natural := make([]float32, n), make([]float32, n)
	for i, x := range times {
		sit[i], natural[i] = 1-x, x/1000
	}
	labels[3] = -1 // no class, whose row is the last
	const sitClock = "classes: 3, clock: true, qk_norm: true, sit_clock: true}"
	for _, c := range []struct {
		answer, file, config string
		average              bool
		times                []float32
		sign                 float32
	}{
		{"eqm", "eqm.pt", "field: eqm\n" + tiny + "classes: 3}", true, nil, -1},
		{"raw", "eqm.pt", "field: eqm\n" + tiny + "classes: 3}", false, nil, -1},
		{"eqm", "eqm.pt", "field: ddpm\n" + tiny + "classes: 3}", true, nil, 1},
		{"sit", "sit.safetensors", "field: fm\n" + tiny + sitClock, true, sit, -1},
		{"sit", "sit.safetensors", "field: ddpm\n" + tiny + "classes: 3, clock: true, qk_norm: true}",
			true, natural, 1},
	} {
		weights, average := sources(t, c.file)
		if c.average {
			weights = average
		}
		e := made(t, c.config, image)
		flat, err := Weights(e, weights)
		if err != nil {
			t.Fatal(err)
		}
		in := map[string][]float32{"u": last(get("u"), image), "label": labels, "t": c.times}
		got := field(t, e, flat, n, in)
		for i, want := range last(get(c.answer), image) {
			if d := math.Abs(float64(c.sign*got[i] - want)); d > 1e-5*(1+math.Abs(float64(want))) {
				t.Errorf("%s as %s: element %d is %v, want %v", c.answer, e.Process, i, c.sign*got[i], want)
			}
		}
	}
}

// A network without classes is that of a table of one row, which is a constant then; so is, of
// a blind one, the embedding of the time.
func TestPyTorchWithoutClasses(t *testing.T) {
	get := answers(t)
	dim := image.Len()
	for _, c := range []struct{ answer, file, config string }{
		{"eqm", "eqm.pt", tiny + "}"},
		{"sit", "sit.safetensors", tiny + "clock: true, qk_norm: true, sit_clock: true}"},
	} {
		_, s := sources(t, c.file)
		read, table := s.Read, s.Shapes[className]
		s.Shapes[className] = []int{1, table[1]}
		s.Read = func(dst []float32, name string) error {
			if name != className {
				return read(dst, name)
			}
			all := make([]float32, table[0]*table[1])
			err := read(all, name)
			copy(dst, all[len(all)-len(dst):])
			return err
		}
		e := made(t, c.config, image)
		flat, err := Weights(e, s)
		if err != nil {
			t.Fatal(err)
		}
		in := map[string][]float32{"u": last(get("u")[3*dim:], image), "t": {1 - get("t")[3]}}
		got := field(t, e, flat, 1, in)
		for i, want := range last(get(c.answer)[3*dim:], image) {
			if d := math.Abs(float64(-got[i] - want)); d > 1e-5*(1+math.Abs(float64(want))) {
				t.Errorf("%s: element %d is %v, want %v", c.answer, i, -got[i], want)
			}
		}
	}
}
