package datasets

import (
	"bytes"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/safetensors"
)

// latentFile is a file of tensors in a new directory.
func latentFile(t *testing.T, tensors ...safetensors.Tensor) string {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, nil, tensors); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string][]byte{"x.safetensors": b.Bytes()})
	return filepath.Join(dir, "x.safetensors")
}

// waves are values of that shape, each other than its neighbours.
func waves(name string, shape ...int) safetensors.Tensor {
	n := 1
	for _, e := range shape {
		n *= e
	}
	x := safetensors.Tensor{Name: name, Shape: shape, Data: make([]float32, n)}
	for i := range x.Data {
		x.Data[i] = float32(math.Sin(float64(i + len(name))))
	}
	return x
}

func labelTensor(labels ...float32) safetensors.Tensor {
	return safetensors.Tensor{Name: latentLabels, Shape: []int{len(labels)}, Data: labels}
}

var _ = madeBy(smallLatents, "latents")

// smallLatents are two latents of 2×32×32×… and their mirrors, as the example of the table
// asks for them.
func smallLatents(t *testing.T) string {
	return latentFile(t, waves("latents", 2, 4, 32, 32), waves("latents_flip", 2, 4, 32, 32),
		labelTensor(3, 999))
}

func openFile(path string, v choice.Values) (Source, error) {
	params := choice.Values{"path": path, "side": 3, "channels": 2, "classes": 5}
	for key, x := range v {
		params[key] = x
	}
	return Open(choice.Choice{Kind: "latents", Params: params})
}

// Rows of a file, and then their mirrors, come scaled and with their channels last.
func TestLatents(t *testing.T) {
	plain, mirror := waves("latents", 2, 2, 3, 3), waves("latents_flip", 2, 2, 3, 3)
	path := latentFile(t, plain, mirror, labelTensor(4, 0))
	src, err := openFile(path, choice.Values{"shift": .5, "scale": 2.})
	if err != nil {
		t.Fatal(err)
	}
	if info := src.Info(); info.Count != 4 || info.Classes != 5 || info.Image {
		t.Errorf("%+v", info)
	}
	x := make([]float32, 18)
	for i, label := range []int32{4, 0, 4, 0} {
		from := plain.Data
		if i >= 2 {
			from = mirror.Data
		}
		got, err := src.Read(x, i)
		if err != nil || got != label {
			t.Errorf("label %d is %d (%v), want %d", i, got, err, label)
		}
		for k, v := range x {
			if want := 2 * (from[i%2*18+k%2*9+k/2] - .5); math.Abs(float64(v-want)) > 1e-6 {
				t.Errorf("sample %d, value %d is %v, want %v", i, k, v, want)
			}
		}
	}
}

// What is drawn from moments has their mean and deviation, and is the same every time.
func TestLatentMoments(t *testing.T) {
	const n, mean, logVariance = 200, .75, -1.
	m := safetensors.Tensor{Name: "moments", Shape: []int{n, 4, 3, 3}, Data: make([]float32, n*36)}
	for i := range m.Data {
		m.Data[i] = mean
		if i%36 >= 18 {
			m.Data[i] = logVariance
		}
	}
	src, err := openFile(latentFile(t, m), choice.Values{"tensor": "moments", "classes": 0, "scale": 1.})
	if err != nil {
		t.Fatal(err)
	}
	sum, squares, x := 0., 0., make([]float32, 18)
	for i := range n {
		if _, err := src.Read(x, i); err != nil {
			t.Fatal(err)
		}
		for _, v := range x {
			sum += float64(v) - mean
			squares += (float64(v) - mean) * (float64(v) - mean)
		}
	}
	const count = n * 18
	want := math.Exp(logVariance) // five deviations of either estimate
	if got := sum / count; math.Abs(got) > 5*math.Sqrt(want/count) {
		t.Errorf("mean %v, want %v", mean+got, mean)
	}
	if got := squares / count; math.Abs(got-want) > 5*want*math.Sqrt(2./count) {
		t.Errorf("variance %v, want %v", got, want)
	}
}

// A run draws anew whenever it comes to a sample, and a run that is resumed draws the same.
func TestLatentRedraws(t *testing.T) {
	src, err := openFile(latentFile(t, waves("moments", 2, 4, 3, 3)),
		choice.Values{"tensor": "moments", "classes": 0, "skip_bad": true})
	if err != nil {
		t.Fatal(err)
	}
	batches := func(start, seed uint64, n int) (all []float32) {
		l, err := NewLoader(t.Context(), src, Options{Batch: 2, Seed: seed, Start: start})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for range n {
			b, err := l.Next()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b.X...)
		}
		return all
	}
	const epoch = 2 * 18
	first := batches(0, 1, 3)
	if !slices.Equal(first[epoch:], batches(2, 1, 2)) {
		t.Error("a run resumed at sample 2 draws others")
	}
	for what, other := range map[string][]float32{"epoch": first[epoch : 2*epoch], "seed": batches(0, 2, 1)} {
		same := 0
		for _, x := range other {
			if slices.Contains(first[:epoch], x) {
				same++
			}
		}
		if same > 0 {
			t.Errorf("another %s has %d of the same values", what, same)
		}
	}
}

func TestLatentFaults(t *testing.T) {
	good, bad := waves("latents", 2, 2, 3, 3), waves("latents", 2, 2, 3, 3)
	bad.Data[20] = float32(math.Inf(1))
	for name, tt := range map[string]struct {
		tensors []safetensors.Tensor
		want    string
	}{
		"none":    {[]safetensors.Tensor{labelTensor(1)}, "no array latents; it has labels"},
		"shape":   {[]safetensors.Tensor{waves("latents", 2, 3, 3, 3)}, "got shape [2 3 3 3], want [n "},
		"mirrors": {[]safetensors.Tensor{good, waves("latents_flip", 1, 2, 3, 3)}, "want [2 2 3 3]"},
		"unlabelled": {[]safetensors.Tensor{good},
			`no array "labels" of classes; it has latents, or classes 0`},
		"label":    {[]safetensors.Tensor{good, labelTensor(1, 5)}, "label 1: got 5, want a whole number"},
		"half":     {[]safetensors.Tensor{good, labelTensor(.5, 1)}, "label 0: got 0.5, want a whole"},
		"infinite": {[]safetensors.Tensor{bad, labelTensor(1, 1)}, "row 1: value 2 is +Inf, want "},
	} {
		_, err := openFile(latentFile(t, tt.tensors...), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
	_, err := openFile("", nil)
	if err == nil || !strings.Contains(err.Error(), "path: got none, want a safetensors") {
		t.Errorf("no path: %v", err)
	}
}
