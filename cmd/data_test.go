package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/datasets/survey"
	"github.com/stillfield/stillfield/format/safetensors"
)

// Data are told by whatever names them, and drawn; what is named by a run or by an experiment
// is their data.
func TestData(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for arg, want := range map[string]string{
		"digits":                  "1797 images of 8×8×1",
		"rings:dim=16,count=7":    "7 samples of 1×1×16, 448 bytes in float32",
		"rings-32":                "4096 samples of 1×1×32",
		"tiny.yaml":               "1797 images of 8×8×1",
		"runs/tiny":               "1797 images of 8×8×1",
		"swiss-roll:dim=3,seed=1": "classes      none: the samples have no labels",
	} {
		o := program(t, "data", arg, "--out", "x.png")
		if sound := strings.Contains(o.stdout, "\nfaults       none\n"); o.status != 0 || !sound ||
			!strings.Contains(o.stdout, want) {
			t.Errorf("%s: status %d, want %q in\n%s%s", arg, o.status, want, o.stdout, o.stderr)
		}
		f, err := os.Open("x.png")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: the picture: %v", arg, err)
		}
		f.Close()
	}
	o := program(t, "data", "digits", "--set", "split=train", "--json")
	var r struct {
		survey.Report
		Picture string
	}
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil || r.Data != "digits:split=train" ||
		r.Count != 1498 || len(r.Classes) != 10 || r.HeldOut != "digits:split=test" ||
		r.Picture != "digits.png" {
		t.Errorf("error %v, report %+v", err, r)
	}
}

// Data whose mean and deviation are far from 0 and 1 are told what would make them so, and
// with that they are.
func TestDataStandardised(t *testing.T) {
	inTemp(t)
	x := make([]float32, 20*4*2*2)
	for i := range x {
		x[i] = 3 + .5*float32(math.Sin(float64(i*i)))
	}
	tensors := []safetensors.Tensor{{Name: "latents", Shape: []int{20, 4, 2, 2}, Data: x}}
	if err := safetensors.WriteFile("l.safetensors", nil, tensors); err != nil {
		t.Fatal(err)
	}
	text := "latents:path=l.safetensors,side=2,classes=0,scale=1"
	o := program(t, "data", text)
	_, note, _ := strings.Cut(o.stdout, "note         ")
	params, _, ok := strings.Cut(note, " would make")
	if !ok {
		t.Fatal(o.stdout, o.stderr)
	}
	o = program(t, "data", text+","+params, "--json")
	var r survey.Report
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil || math.Abs(r.Values.Mean) > 1e-4 ||
		math.Abs(r.Values.Deviation-1) > 1e-4 || len(r.Channels) != 4 || len(r.Notes) != 0 {
		t.Errorf("%s: error %v, values %+v, notes %q", params, err, r.Values, r.Notes)
	}
}

// A picture that cannot be decoded keeps nobody from hearing of the others.
func TestDataBadPictures(t *testing.T) {
	inTemp(t)
	draw := func(path string, shade uint8) {
		img := image.NewGray(image.Rect(0, 0, 16, 16))
		img.Pix[3] = shade
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		put(t, path, b.String())
	}
	if err := errors.Join(os.MkdirAll("pics/cat", 0o755), os.MkdirAll("pics/dog", 0o755)); err != nil {
		t.Fatal(err)
	}
	draw("pics/cat/a.png", 1)
	draw("pics/cat/b.png", 2)
	draw("pics/dog/a.png", 3)
	draw("pics/dog/b.png", 0)
	put(t, "pics/dog/c.png", "\x89PNG\r\n\x1a\n1234")
	for _, set := range []string{"skip_bad=false", "skip_bad=true"} {
		o := program(t, "data", "pics", "--set", set)
		for _, want := range []string{"5 images of 16×16×1", "2: 0 (cat): 2, 1 (dog): 2",
			"fault        1 samples that cannot be read", "c.png: ", "no two samples are equal",
			"fault        1 images of one value throughout"} {
			if !strings.Contains(o.stdout, want) || o.status != 1 {
				t.Errorf("%s: status %d, want %q in\n%s%s", set, o.status, want, o.stdout, o.stderr)
			}
		}
	}
}

// What is wrong with data is told before anyone trains on them, and the status says so.
func TestDataFaults(t *testing.T) {
	inTemp(t)
	rows := func(labels ...byte) (data []byte) {
		for i, label := range labels {
			row := make([]byte, 3073)
			for k := range row {
				row[k] = byte(k * (i%4 + 1))
			}
			row[0] = label
			data = append(data, row...)
		}
		return data
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"data_batch_1.bin": rows(0, 1, 2, 3, 4),
		"data_batch_2.bin": rows(9), "data_batch_3.bin": rows(9), "data_batch_4.bin": rows(9),
		"data_batch_5.bin": rows(9), "test_batch.bin": rows(3)} {
		put(t, filepath.Join(dir, name), string(data))
	}
	o := program(t, "data", dir, "--set", "subset=true")
	for _, want := range []string{
		"equal        5 samples are copies of an earlier one, such as 0 4 5 6 7 8",
		"test set     1 samples of cifar10:", "0 = 0",
		"fault        4 classes without a sample",
		"fault        1 equal samples that have different classes",
		"picture      " + filepath.Base(dir) + ".png: "} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("want %q in\n%s%s", want, o.stdout, o.stderr)
		}
	}
	if o.status != 1 || !strings.Contains(o.stderr, "want none") {
		t.Errorf("status %d, %s", o.status, o.stderr)
	}
	for args, want := range map[string]string{
		dir:                            "got 5 images, want the 10000 of the original; subset",
		"checkerbord":                  `data: got "checkerbord", want a path or one of array, `,
		"rings:dim=1":                  "data.dim: got 1, want between 2 and",
		"rings:dims=3":                 "data.dims: got an unknown key, want one of",
		"rings:dim":                    `data: got "rings:dim", want a name`,
		"./nowhere.npy":                `data: "./nowhere.npy": no such file or directory`,
		"digits --set split":           "--set: ",
		"digits --out x.jpg":           `out: got "x.jpg", want a file that ends in .png`,
		"digits --out tiny.yaml/x.png": "data: atomicfile: ",
		"":                             "data: got no argument or several, want one",
	} {
		o := program(t, append([]string{"data"}, strings.Fields(args)...)...)
		if o.status != 1 || !strings.Contains(o.stderr, want) || strings.Count(o.stderr, "error") != 1 {
			t.Errorf("data %s: status %d, want %q in %s", args, o.status, want,
				o.stderr)
		}
	}
}
