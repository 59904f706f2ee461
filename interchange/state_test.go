package interchange

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/plan"
)

// image is the shape of the points of testdata, and tiny the network.
var (
	image = datasets.Shape{H: 4, W: 4, C: 2}
	tiny  = "model: {kind: dit, width: 8, depth: 2, heads: 2, patch: 2, "
)

// made is the experiment of a configuration.
func made(t testing.TB, text string, shape datasets.Shape) *experiment.Experiment {
	t.Helper()
	c, err := experiment.Parse("test.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := experiment.New(c, shape)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// field is e's field at points, on the CPU.
func field(t testing.TB, e *experiment.Experiment, flat []float32, n int, in map[string][]float32) []float32 {
	t.Helper()
	f, err := e.Trained(flat)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Plan(t.Context(), n, e.Point(), plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	dev, err := cpu.New(cpu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	g, err := dev.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if err := f.Write(g); err != nil {
		t.Fatal(err)
	}
	for name, x := range in {
		if _, ok := p.Port(name); ok {
			if err := g.Write(name, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	y := make([]float32, n*e.Dim())
	if err := g.Read("f", y); err != nil {
		t.Fatal(err)
	}
	return y
}

// last puts images [n, c, h, w] into the order [n, h, w, c].
func last(x []float32, s datasets.Shape) []float32 {
	y, pixels := make([]float32, len(x)), s.H*s.W
	for i := range x {
		c, at := i/pixels%s.C, i%pixels
		y[i-i%(s.C*pixels)+at*s.C+c] = x[i]
	}
	return y
}

// networks are configurations of every kind of network, in every way it is told.
var networks = []struct {
	name, config string
	shape        datasets.Shape
}{
	{"dit", tiny + "qk_norm: true}", image},
	{"dit by class", tiny + "classes: 3}", image},
	{"dit with a clock", tiny + "clock: true}", image},
	{"dit of both", "field: ddpm\n" + tiny + "clock: true, classes: 3}", image},
	{"dit of a dot energy", tiny + "classes: 3, energy: dot}", image},
	{"dit of a norm", tiny + "energy: norm}", image},
	{"dit that sees its point scaled", "field: edm\n" + tiny + "clock: true}", image},
	{"dit of an energy of a scaled point", tiny + "sigma_data: 0.5, energy: dot}", image},
	{"mlp", "model: {kind: mlp, width: 16, depth: 2}", datasets.Shape{H: 1, W: 1, C: 5}},
	{"mlp of both", "model: {kind: mlp, width: 16, depth: 1, clock: true, classes: 3}", image},
	{"unet", "model: {kind: unet, channels: 8, levels: [1, 2], attention: [2], heads: 2}", image},
	{"unet of both", "model: {kind: unet, channels: 8, levels: [1, 2], clock: true, classes: 3}", image},
	{"unet of an energy", "model: {kind: unet, channels: 8, levels: [1, 2], attention: [2], energy: dot}",
		image},
}

// filled are weights of which no two are alike, zeros of both signs among them.
func filled(e *experiment.Experiment) []float32 {
	flat := make([]float32, e.Params.Len)
	for i := range flat {
		flat[i] = float32(.3 * math.Sin(1.3*float64(i)+.2))
	}
	for _, p := range e.Params.List {
		flat[p.Offset] = float32(math.Copysign(0, -1))
		flat[p.Offset+p.Size()-1] = 0
	}
	return flat
}

// What is written is read again, bit for bit, for every network.
func TestRoundTrip(t *testing.T) {
	for _, c := range networks {
		t.Run(c.name, func(t *testing.T) {
			e := made(t, c.config, c.shape)
			want := filled(e)
			meta, err := Metadata(e)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "a.safetensors")
			if err := safetensors.WriteFile(path, meta, Tensors(e, want)); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s, average, err := f.Sources()
			if err != nil {
				t.Fatal(err)
			}
			if shape, ok := ImageShape(average); !ok || shape != c.shape {
				t.Errorf("the file is of points of %v, want %v", shape, c.shape)
			}
			if _, released := s.Shapes[placesName]; released != strings.HasPrefix(c.name, "dit") {
				t.Error("a transformer has the released names, and no other network has")
			}
			got, err := Weights(e, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range e.Params.List {
				for i := p.Offset; i < p.Offset+p.Size(); i++ {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Fatalf("%s[%d] is %v, want %v", p.Name, i-p.Offset, got[i], want[i])
					}
				}
			}
		})
	}
}

// A network of its own names has PyTorch's order: element (i, o) of a layer is (o, i) there,
// and element (h, w, i, o) of a convolution is (o, i, h, w).
func TestNaturalOrder(t *testing.T) {
	e := made(t, "model: {kind: unet, channels: 8, levels: [1, 2], classes: 3}", image)
	flat := filled(e)
	files := map[string]safetensors.Tensor{}
	for _, x := range Tensors(e, flat) {
		files[x.Name] = x
	}
	for _, p := range e.Params.List {
		ours := flat[p.Offset:][:p.Size()]
		switch name := p.Name; {
		case strings.HasSuffix(name, "conv0.weight"):
			c, o := p.Shape[2], p.Shape[3]
			for k, x := range ours { // h, w, i, o
				h, w, i, j := k/o/c/3, k/o/c%3, k/o%c, k%o
				if got := files[name].Data[((j*c+i)*3+h)*3+w]; got != x {
					t.Fatalf("%s: element %d is %v, want %v", name, k, got, x)
				}
			}
		case strings.HasSuffix(name, "told.weight"):
			in, out := p.Shape[0], p.Shape[1]
			for k, x := range ours {
				if got := files[name].Data[k%out*in+k/out]; got != x {
					t.Fatalf("%s: element %d is %v, want %v", name, k, got, x)
				}
			}
		case strings.HasSuffix(name, "norm.scale"):
			if !slices.Equal(files[strings.TrimSuffix(name, "scale")+"weight"].Data, ours) {
				t.Errorf("%s is not the weight of its norm", name)
			}
		case strings.HasSuffix(name, ".table"):
			if !slices.Equal(files[strings.TrimSuffix(name, "table")+"weight"].Shape, p.Shape) {
				t.Errorf("%s has not the order of an embedding", name)
			}
		}
	}
}

// What a state dict cannot be is a line for each fault.
func TestFaults(t *testing.T) {
	f, err := Open("testdata/eqm.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, whole, err := f.Sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, config, want string }{
		{"classes", tiny + "classes: 4}", `"y_embedder.embedding_table.weight": got shape [4 8], want [5 8]`},
		{"depth", strings.Replace(tiny, "depth: 2", "depth: 1", 1) + "classes: 3}",
			`tensor "blocks.1.mlp.fc2.weight": got one, want none`},
		{"qk_norm", tiny + "classes: 3, qk_norm: true}", `"blocks.0.attn.q_norm.bias": got none, want s`},
		{"clock", tiny + "classes: 3, clock: true}", "model.sit_clock: got false, want true"},
		{"norm", tiny + "classes: 3, energy: norm}", "model.energy: got norm, want none or dot"},
		{"another network", "model: unet", "faults more"},
	} {
		flat, err := Weights(made(t, c.config, image), whole)
		if err == nil || flat != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one with %s", c.name, err, c.want)
		}
	}
	moved := whole
	moved.Read = func(dst []float32, name string) error {
		err := whole.Read(dst, name)
		if name == placesName {
			dst[3] += .1
		}
		return err
	}
	if _, err := Weights(made(t, tiny+"classes: 3}", image), moved); err == nil {
		t.Error("places that are not the network's are taken")
	}
}

// What wraps every name is taken off, and a file of several state dicts has one that is meant.
func TestSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	a, b := []float32{1}, []float32{2}
	x := []safetensors.Tensor{{Name: "module.a", Data: a}, {Name: "module.b.c", Data: b}}
	if err := safetensors.WriteFile(path, nil, x); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, _, err := f.Sources()
	if err != nil || len(s.Shapes) != 2 || s.Shapes["b.c"] == nil {
		t.Errorf("got %v, %v, want a and b.c", s.Shapes, err)
	}
	dst := make([]float32, 1)
	if err := s.Read(dst, "b.c"); err != nil || dst[0] != 2 {
		t.Errorf("got %v, %v, want 2", dst, err)
	}
	if _, _, err := (&File{parts: map[string]Source{"x": {}, "y": {}}}).Sources(); err == nil {
		t.Error("one of two unknown state dicts is taken")
	}
	if err := os.WriteFile(path, []byte("no file of weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line", err)
	}
}
