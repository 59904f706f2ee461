package features

import (
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// Each classifier in the binary is of the recipe that has its name, smaller than a megabyte,
// and as accurate as it claims: on all of a small test set, but for one image that rounding
// may move, and on the first thousand of a large one within four standard errors.
func TestKept(t *testing.T) {
	if got, want := strings.Join(Kept(), " "), strings.Join(configs.Classifiers(), " "); got != want {
		t.Fatalf("there are classifiers %s and recipes %s", got, want)
	}
	for _, name := range Kept() {
		trained, err := findTrained(name, "")
		if err != nil {
			t.Fatal(err)
		}
		text, err := configs.ReadClassifier(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseRecipe(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := trained.Recipe.text(), r.text(); got != want {
			t.Errorf("%s: trained by %s, and the recipe is %s", name, got, want)
		}
		if bytes := 4 * len(trained.Weights); bytes >= 1e6 {
			t.Errorf("%s: %d bytes", name, bytes)
		}
		src, err := datasets.Open(r.heldOut)
		if errors.Is(err, fs.ErrNotExist) {
			t.Logf("%s: accuracy not measured: %v", name, err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		dev, _ := host(t)()
		n := min(1000, src.Info().Count)
		share, _, err := trained.accuracy(t.Context(), dev, src, n)
		if err != nil {
			t.Fatal(err)
		}
		off := 1.01 / float64(n)
		if n < trained.Tested {
			off = 4 * math.Sqrt(trained.Accuracy*(1-trained.Accuracy)/float64(n))
		}
		if math.Abs(share-trained.Accuracy) > off || src.Info().Count != trained.Tested {
			t.Errorf("%s: right of %v of %d, claims %v of %d", name, share, n, trained.Accuracy,
				trained.Tested)
		}
	}
}

// quick is a recipe of seconds.
func quick(t *testing.T, set ...string) *Recipe {
	t.Helper()
	text := "{channels: 8, levels: [1, 2], lr: 1e-2, batch: 32, steps: 130, warmup: 5}"
	r, err := ParseRecipe([]byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A training finds out what digits are, and its loss says so; the same recipe gives the same
// bits whatever the workers, another seed others; and a file gives back what was trained.
func TestTrain(t *testing.T) {
	hash := map[string]string{}
	for _, tt := range []struct {
		name    string
		workers int
		set     []string
	}{{"one", 1, nil}, {"two", 2, nil}, {"seed", 2, []string{"seed=3"}}} {
		dev, err := cpu.New(cpu.Options{Workers: tt.workers})
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		var lines []Line
		trained, err := quick(t, tt.set...).Train(t.Context(), dev, func(l Line) { lines = append(lines, l) })
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 3 || lines[2].Step != 130 || !(lines[2].Loss < lines[1].Loss) ||
			lines[0].Loss > 1.2*math.Log(10) {
			t.Errorf("%s: lines %+v", tt.name, lines)
		}
		if trained.Accuracy < .6 || trained.Tested != 299 {
			t.Errorf("%s: right of %v of %d", tt.name, trained.Accuracy, trained.Tested)
		}
		hash[tt.name] = trained.on(dev, "").Info().Hash
		if tt.name != "two" {
			continue
		}
		path := filepath.Join(t.TempDir(), "c.safetensors")
		if err := trained.Save(path); err != nil {
			t.Fatal(err)
		}
		read := open(t, path, digits(t)).(*classifier)
		if read.Info().Hash != hash["two"] || read.Accuracy() != trained.Accuracy ||
			read.trained.Fingerprint != trained.Fingerprint {
			t.Errorf("read back as %+v", read.Info())
		}
	}
	dev, _ := host(t)()
	_, err := quick(t, "data=rings").Train(t.Context(), dev, func(Line) {})
	if err == nil || !strings.HasPrefix(err.Error(), "data: got rings of 2 classes, want images") {
		t.Errorf("a classifier of rings: %v", err)
	}
	if hash["one"] != hash["two"] || hash["one"] == hash["seed"] {
		t.Errorf("the weights have hashes %v", hash)
	}
}

// A step of the training is the same on the CPU and on the emulated GPU, but for rounding.
func TestStepOnDevices(t *testing.T) {
	gpu, err := cuda.New(emu.New(emu.Options{Major: 8}), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer gpu.Close()
	dev, _ := host(t)()
	src := digits(t)
	x := firstOf(t, src, 2)
	var moved [2][]float32
	for i, dev := range []plan.Device{dev, gpu} {
		c := &Trained{Recipe: quick(t, "batch=2", "channels=4"), Shape: src.Info().Shape, Classes: 10}
		if err := c.declare(); err != nil {
			t.Fatal(err)
		}
		p, err := c.step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		g, err := dev.Load(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		// Moments are 0, so β₁-corrected AdamW would be lr·sign(g): ill-conditioned where the
		// gradient is 0 but for rounding. C1 and C2 of 1 keep it linear in small gradients.
		hyper := make([]float32, plan.HyperLen)
		hyper[plan.HyperLR], hyper[plan.HyperC1], hyper[plan.HyperC2], hyper[plan.HyperEMA] = .1, 1, 0, 1
		moved[i] = make([]float32, c.params.Len)
		for _, err := range []error{g.Write(experiment.StateWeights, c.Weights),
			runStep(g, x, []float32{3, 7}, hyper, 0), g.Read(experiment.StateM, moved[i])} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var far, size float64
	for i, v := range moved[0] {
		far, size = max(far, math.Abs(float64(v-moved[1][i]))), max(size, math.Abs(float64(v)))
	}
	if far > 1e-5*size || size == 0 {
		t.Errorf("gradients of at most %v are %v apart", size, far)
	}
}

// What cannot be used is one line that says what would do.
func TestClassifierRefuses(t *testing.T) {
	rings := datasets.Info{Name: "rings", Shape: datasets.Shape{H: 1, W: 1, C: 3}}
	grey := datasets.Info{Name: "mnist", Shape: datasets.Shape{H: 28, W: 28, C: 1}, Image: true}
	for _, tt := range []struct {
		text   string
		points datasets.Info
		want   string
	}{
		{"classifier", rings, "features.weights: got none, want a classifier of rings, the file that"},
		{"classifier", grey, "features.weights: got none, want a classifier of mnist, the file that"},
		{"classifier:weights=digits", rings, "features.weights: got digits, want a classifier of 1×1×3"},
		{"classifier:weights=digits", grey,
			"features.resize: got none, want bilinear or bicubic: mnist has images of 28×28×1"},
		{"classifier:weights=nowhere", grey, "features: classifier: safetensors: "},
		{"random", rings, "features: random: got rings, points of 3 values, want images"},
		{"arrays", grey, "features.file: got \"\", want an .npz file, or both real and generated"},
	} {
		c, err := choice.Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		x, err := Open(t.Context(), c, On{Points: tt.points, Device: host(t)})
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s of %s: got %v, %v, want %s…", tt.text, tt.points.Name, x, err, tt.want)
		}
	}
}

// Images of another size are brought to the classifier's where that is asked for, and the
// provenance says so.
func TestClassifierResizes(t *testing.T) {
	src := digits(t)
	c := open(t, "classifier", src)
	x := firstOf(t, src, 20)
	up, err := newResizer("bicubic", src.Info().Shape, datasets.Shape{H: 24, W: 24, C: 1})
	if err != nil {
		t.Fatal(err)
	}
	var large []float32
	for i := range 20 {
		large = append(large, up.resize(x[i*64:(i+1)*64])...)
	}
	info := src.Info()
	info.Shape = up.to
	choice, err := Parse("classifier:weights=digits,resize=bilinear")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), choice, On{Points: info, Device: host(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := r.Info().Resize; got != "bilinear, antialiased, from 24×24 to 8×8" ||
		r.Info().Hash != c.Info().Hash || r.Info().Name != choice.String() {
		t.Errorf("got %+v", r.Info())
	}
	labels := func(e Extractor, x []float32) []int32 {
		f := make([]float32, 20*e.Info().Dim)
		if err := e.Extract(t.Context(), f, x); err != nil {
			t.Fatal(err)
		}
		return e.(Classified).Labels(f)
	}
	same, a, b := 0, labels(c, x), labels(r, large)
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	if same < 18 {
		t.Errorf("%d of 20 digits have one class before and after", same)
	}
}
