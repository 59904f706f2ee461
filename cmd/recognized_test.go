package cmd

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/datasets"
)

// sought is what a message lists that nothing was recognised by.
func sought() string {
	var list []string
	for _, e := range datasets.Sources.Entries {
		if what := e.Make.Recognize.What; what != "" {
			list = append(list, what+" ("+e.Name+")")
		}
	}
	return strings.Join(list, ", or ")
}

// putPictures writes n pictures of side × side+1 pixels below dir, in two folders.
func putPictures(t *testing.T, dir string, n, side int) {
	t.Helper()
	for i := range n {
		m := image.NewNRGBA(image.Rect(0, 0, side+1, side))
		for k := range m.Pix {
			m.Pix[k] = uint8(17*k + 40*i)
		}
		m.Set(0, 0, color.NRGBA{uint8(i), 0, 0, 255})
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, []string{"cats", "dogs"}[i%2], string(rune('a'+i))+".png")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// fewSteps makes of whatever is suggested a run of some milliseconds.
var fewSteps = []string{"--steps", "2", "--set", "batch=2", "--set", "model.channels=4", "--set",
	"sample.n=4",
	"--set", "sample.steps=2", "--device", "cpu", "--workers", "1"}

// A directory of pictures is trained on as it is, and what was chosen for it is said, and kept.
func TestTrainOnFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	putPictures(t, "My pets.v2", 6, 21)
	o := program(t, append([]string{"train", "./My pets.v2"}, fewSteps...)...)
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "stdout", o.stdout, "picture: runs/My pets.v2/samples/step-000000002.png")
	wants(t, "stderr", o.stderr, "6 pictures as 24×24×3 in 2 classes: cats, dogs\n",
		"pictures are resized to 24 pixels: data.size says otherwise\n",
		"2 steps of 2: each of the 6 samples 0.7 times\n",
		"the network is not told the class: model.classes=2 has it told\n",
		"estimate: ", " of memory, ", " of disk; ",
		"a picture of 4 samples in 2 steps ")
	if strings.Contains(o.stderr, "a U-Net of") {
		t.Error("a model that was told is said to be chosen: ", o.stderr)
	}
	wants(t, "stderr", o.stderr, `model="unet 4·[1 2]`)
	wants(t, "inspect", program(t, "inspect", "My pets.v2").stdout,
		"data My pets.v2, with what train chooses:\n",
		"a U-Net of 32·[1 2] for images of 24×24×3, down to 12×12, with attention there\n",
		"2000 steps of 128: each of the 6 samples 42667 times\n", "training ", " on two cores, ")
	text, err := os.ReadFile("runs/My pets.v2/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("My pets.v2")
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "config.yaml", string(text), "name: My pets.v2\n", "steps: 2\n", "name: folder\n", "size: 24\n",
		"path: "+dir+"\n", "channels: 4\n")
	// The same command goes on, a size that is told is taken, and so is the name of a source.
	more := program(t, append([]string{"train", "My pets.v2/", "--set", "data.name=folder"}, fewSteps...)...)
	wants(t, "again", more.stdout, "finished: runs/My pets.v2 has taken 2 steps")
	other := program(t, "train", "My pets.v2", "--set", "data.size=8", "--run", "runs/other", "--set",
		"data.channels=1", "--steps", "1", "--set", "batch=1", "--set", "sample.steps=2", "--device", "cpu")
	wants(t, "another size", other.stderr, "6 pictures as 8×8×1 in", "a residual MLP of 512×4")
}

// An array of points is trained on by an MLP; a configuration of any name stays one, and the name
// of an experiment means the experiment.
func TestTrainOnArray(t *testing.T) {
	points, err := os.ReadFile("../datasets/testdata/arrays/points.npy")
	if err != nil {
		t.Fatal(err)
	}
	inTemp(t)
	put(t, "ring.of.points.npy", string(points))
	small := []string{"--steps", "2", "--set", "batch=2", "--set", "model.width=8", "--set", "sample.n=4",
		"--set", "sample.steps=2", "--device", "cpu", "--workers", "1"}
	o := program(t, append([]string{"train", "ring.of.points.npy"}, small...)...)
	if o.status != 0 {
		t.Fatal(o.stderr)
	}
	wants(t, "stderr", o.stderr, "2 steps of 2: each of the 5 samples 0.8 times")
	wants(t, "stderr", o.stderr, "run=runs/ring ")
	tiny, err := os.ReadFile("tiny.yaml")
	if err != nil {
		t.Fatal(err)
	}
	put(t, "conf", string(tiny))
	if o := program(t, "train", "conf"); o.status != 0 || strings.Contains(o.stderr, "chosen") {
		t.Errorf("a configuration without an ending: %s", o.stderr)
	}
	put(t, "digits-eqm/x.txt", "")
	o = program(t, "train", "digits-eqm", "--set", "batch=0")
	wants(t, "a directory with the name of an experiment", o.stderr, "command line: batch: got 0, want ")
}

// What is no data and no configuration is refused with all that was looked for.
func TestTrainOnWhatIsNone(t *testing.T) {
	inTemp(t)
	put(t, "noise.bin", "\x00\xff\xfe\x01")
	put(t, "bad/a.png", "")
	fails(t, []string{"train", "bad"},
		"datasets: folder: bad/a.png: raster: Inspect: got no bytes, want a picture; "+
			"skip_bad=true, a parameter of the data, passes such records over")
	fails(t, []string{"train", "noise.bin"},
		`datasets: Recognize: noise.bin: got a file that begins with "\x00\xff\xfe\x01", `+
			"want "+sought())
	put(t, "cut/a.png", "\x89PNG\r\n\x1a\nabc")
	fails(t, []string{"train", "cut"},
		"datasets: folder: cut/a.png: raster: Inspect: PNG: header: unexpected EOF; "+
			"skip_bad=true, a parameter of the data, passes such records over")
}

// The name of a run is that of a directory.
func TestRunName(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "a.b/x", "")
	for path, want := range map[string]string{"x.tar.gz": "x", "dir/y.npy": "y", "./z/": "z", "a.b": "a.b",
		".hidden.npy": "hidden", "bad\xff\n:name.npz": "bad---name", "...": "run", "/": "run"} {
		if got := runName(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

// Values far from the scale of noise are told of, with what brings them there.
func TestOutOfScale(t *testing.T) {
	for _, tt := range []struct {
		info datasets.Info
		want string
	}{
		{datasets.Info{Lo: -1, Hi: 1, Image: true}, ""},
		{datasets.Info{Lo: -25, Hi: 28}, ""},
		{datasets.Info{Lo: 0, Hi: 255, Image: true}, "0 to 255, where noise has a deviation of 1: data.r"},
		{datasets.Info{Lo: -500, Hi: 3}, "from -500 to 3, where noise has a deviation of 1: data.su"},
	} {
		if got := outOfScale(tt.info); !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("%v: got %q, want %q", tt.info, got, tt.want)
		}
	}
}
