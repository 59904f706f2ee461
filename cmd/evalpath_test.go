package cmd

import (
	"os"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/npy"
)

// The same images score the same as pictures, as bytes and as float32, against data by a path and by
// its source.
func TestEvalTakesPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	putPictures(t, "real", 6, 8)
	putPictures(t, "drawn", 5, 8)
	src, err := datasets.Open(choice.Choice{Kind: "folder",
		Params: choice.Values{"path": "drawn", "size": 16}})
	if err != nil {
		t.Fatal(err)
	}
	n := src.Info().Shape.Len()
	floats, text := &npy.Array{Shape: []int{5, 16, 16, 3}, Data: make([]float32, 5*n)}, []byte{}
	for i := range 5 {
		if _, err := src.Read(floats.Data[i*n:(i+1)*n], i); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range floats.Data {
		text = append(text, byte(127.5*float64(v)+128))
	}
	if err := npy.WriteFile("floats.npy", floats); err != nil {
		t.Fatal(err)
	}
	head, err := npy.Header(floats.Shape)
	if err != nil {
		t.Fatal(err)
	}
	bytes := append([]byte(strings.Replace(string(head), "<f4", "|u1", 1)), text...)
	if err := os.WriteFile("bytes.npy", bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	first := ""
	for _, against := range []string{"real", "folder:path=real,size=16"} {
		for _, path := range []string{"drawn", "bytes.npy", "floats.npy"} {
			o := program(t, "eval", path, "--against", against, "--metrics", "swd", "--features", "pixels",
				"--quiet")
			if o.status != 0 {
				t.Fatal(o.stderr)
			}
			score := strings.Join(strings.Fields(strings.ReplaceAll(o.stdout, path, "PATH")), " ")
			if first == "" {
				first = score
			}
			if score != first {
				t.Errorf("%s against %s: got\n%s\nwant\n%s", path, against, score, first)
			}
		}
	}
}
