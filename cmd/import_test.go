package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What export writes of a run, import makes a run of whose samples are the same, and that
// train goes on with.
func TestExportImport(t *testing.T) {
	inTemp(t)
	ran := func(args ...string) output {
		t.Helper()
		o := program(t, args...)
		if o.status != 0 {
			t.Fatalf("%v: %s", args, o.stderr)
		}
		return o
	}
	ran("train", "tiny.yaml")
	wants(t, "export", ran("export", "runs/tiny").stdout, "tensors: runs/tiny/export.safetensors\n")
	ran("export", "runs/tiny", "--weights", "raw", "--out", "raw.safetensors")
	ran("export", "runs/tiny/checkpoints/step-000000004.safetensors")
	wants(t, "onnx", ran("export", "runs/tiny", "--format", "onnx").stdout, "17: runs/tiny/export.onnx\n")
	wants(t, "onnx", ran("export", "runs/tiny", "--out", "x.onnx").stdout, "of opset 17: x.onnx\n")
	if one, two := content(t, "runs/tiny/export.onnx"), content(t, "x.onnx"); !bytes.Equal(one, two) {
		t.Error("the same model is written in two ways")
	}
	wants(t, "import", ran("import", "runs/tiny/export.safetensors", "tiny.yaml", "--run", "b").stdout,
		"checkpoint: b/checkpoints/step-000000000.safetensors\n", "sample b -n 64")
	ran("import", "raw.safetensors", "tiny.yaml", "--run", "c")
	var drawn [3][]byte
	for i, run := range []string{"runs/tiny", "b", "c"} {
		ran("sample", run, "--out", run+".npy")
		drawn[i] = content(t, run+".npy")
	}
	if !bytes.Equal(drawn[0], drawn[1]) {
		t.Error("the samples of what was exported and imported differ")
	}
	if bytes.Equal(drawn[0], drawn[2]) {
		t.Error("the weights themselves are the average")
	}
	if o := program(t, "import", "raw.safetensors", "tiny.yaml", "--run", "b"); o.status != 1 ||
		!strings.Contains(o.stderr, "b holds the checkpoint step-000000000.safetensors") {
		t.Errorf("into a run: %+v", o)
	}
	o := program(t, "import", "raw.safetensors", "tiny.yaml", "--run", "d", "--set", "model.width=32")
	wants(t, "of another width", o.stderr, `tensor "in.weight": got shape [16 64], want [32 64]`)
	late := []string{"--run", "e", "--data", "idx:path=late"}
	ran(append([]string{"import", "raw.safetensors", "tiny.yaml"}, late...)...)
	head := "\x00\x00\x08\x03\x00\x00\x00\x09\x00\x00\x00\x08\x00\x00\x00\x08" // 9 images of 8×8
	put(t, "late", head+strings.Repeat("12345678", 9*8))
	ran("train", "e") // whose data came later
	ran("train", "b")
	if _, err := os.Stat("b/checkpoints/step-000000006.safetensors"); err != nil {
		t.Error(err)
	}
}

// content is what a file holds.
func content(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A checkpoint of the released program is imported where its data are not, and refused where
// it is not what the configuration says; a file that would execute something is refused.
func TestImportPyTorch(t *testing.T) {
	pt, err := filepath.Abs("../interchange/testdata/eqm.pt")
	if err != nil {
		t.Fatal(err)
	}
	inTemp(t)
	const model = "dit:width=8,depth=2,heads=2,classes=3"
	o := program(t, "import", pt, "tiny.yaml", "--model", model, "--data", "idx:path=nowhere")
	wants(t, "without data", o.stderr, "the points are those of the file, 4×4×2")
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	if o := program(t, "sample", "runs/tiny", "-n", "2"); o.status != 0 {
		t.Error(o.stderr)
	}
	o = program(t, "import", pt, "tiny.yaml", "--model", model, "--run", "d")
	wants(t, "of other points", o.stderr, "model.classes: got 3, want 0, or the 10 classes of digits")
	put(t, "bad.pt", "PK\x03\x04")
	o = program(t, "import", "bad.pt", "tiny.yaml")
	wants(t, "no archive", o.stderr, "torchpt: bad.pt: got no zip archive")
	if o.status != 1 {
		t.Errorf("no archive: %+v", o)
	}
	wants(t, "completion", program(t, "__complete", "export", "--format", "").stdout, "onnx\nsafetensors\n")
	wants(t, "format", program(t, "export", "runs/tiny", "--format", "gguf").stderr,
		`format: got "gguf", want onnx or safetensors`)
	if o := program(t, "export", "runs/tiny", "--weights", "best"); o.status != 1 {
		t.Errorf("weights of no kind: %+v", o)
	}
}
