package experiment

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/philox"
	"github.com/stillfield/stillfield/plan/reference"
)

// In training a network is told the class of each sample, but for the share of labels that
// is withheld: by numbers that belong to the sample, so in parts as in one.
func TestLabels(t *testing.T) {
	for _, parts := range []string{"1", "4"} {
		e := echoing(t, parse(t, "model.classes=2", "model.label_dropout=0.4", "accumulate="+parts))
		controls := e.NewControls()
		plan.DrawRows(controls.Draws, 0, 0)
		withheld, want := 0, 0.
		for i := range controls.Labels {
			controls.Labels[i] = float32(i % 2)
			label := float64(i % 2)
			if reference.Draw(plan.Uniform, 0, uint64(i), philox.Label, 0) < 0.4 {
				label = -1
				withheld++
			}
			at := e.Process.Prior.Quantile.Eval(reference.Draw(plan.Uniform, 0, uint64(i), philox.Level, 0))
			for k := range e.Dim() {
				eps := reference.Draw(plan.Normal, 0, uint64(i), philox.Noise, k)
				miss := label - e.Process.Target.D.Eval(at)*eps
				want += miss * miss / float64(e.Config.Batch*e.Dim())
			}
		}
		if got := firstLoss(t, e, controls); math.Abs(got-want) > 1e-5*want {
			t.Errorf("in %s parts: loss %v, want %v", parts, got, want)
		}
		if withheld == 0 || withheld == e.Config.Batch {
			t.Errorf("%d of %d labels are withheld: choose another seed", withheld, e.Config.Batch)
		}
	}
}

// What does not go together with the classes of the model.
func TestUnlabelled(t *testing.T) {
	const none = ": the field is told no class, for model.classes is 0"
	const unknown = ": training with model.label_dropout 0 shows no point without a class"
	for _, tt := range []struct{ set, want string }{
		{"model.classes=2 sample.label=1", ""},
		{"model.classes=2 model.label_dropout=0.1 sample.label=[1,-1] sample.guidance=2", ""},
		{"model.classes=2 model.label_dropout=0.1 sample.compose=1:0.5,-1:2", ""},
		{"sample.compose=1:1", "sample.compose: got \"1:1\", want nothing" + none},
		{"model.classes=2 sample.compose=0:1,2:1", "sample.compose: got 2, want a class below 2"},
		{"model.classes=2 sample.compose=1", "sample.compose: got \"1\", want classes with their weights," +
			" like 3:0.5,8:0.5"},
		{"model.classes=2 sample.compose=1:1 sample.label=0", "sample.compose: got \"1:1\", want nothing" +
			" beside label: the field that is followed is of these classes or of that one"},
		{"sample.label=1", "sample.label: got [1], want none" + none},
		{"sample.guidance=2", "sample.guidance: got 2, want 1" + none},
		{"model.label_dropout=0.1",
			"model.label_dropout: got 0.1, want 0 where classes is 0: there are no labels to withhold"},
		{"model.classes=2 sample.label=[2]", "sample.label: got 2, want a class below 2"},
		{"model.classes=2 sample.label=[-1]", "sample.label: got -1, want a class" + unknown},
		{"model.classes=2 sample.label=[-2]",
			"sample.label: got [-2], want numbers of classes, or -1 for none, like [0, 3]"},
		{"model.classes=2 sample.guidance=0", "sample.guidance: got 0, want 1" + unknown},
		{"model.classes=2 sample.guided=some", `sample.guided: got "some", want all or official`},
	} {
		_, err := Parse("c.yaml", []byte(tiny), strings.Fields(tt.set))
		if (err != nil) != (tt.want != "") || err != nil && !strings.HasSuffix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.set, err, tt.want)
		}
	}
	c, info := parse(t, "model.classes=3"), datasets.Info{Name: "rings", Classes: 2}
	const want = "command line: model.classes: got 3, want 0, or the 2 classes of rings"
	if err := c.CheckData(info); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A draw that names no class has every class in turn.
func TestEveryClassInTurn(t *testing.T) {
	for _, tt := range []struct {
		set  string
		want []int
	}{{"model.classes=3", []int{0, 1, 2}}, {"sample.label=[2] model.classes=3", []int{2}}, {"steps=3", nil}} {
		c := parse(t, strings.Fields(tt.set)...)
		e, err := New(c, datasets.Shape{H: 1, W: 1, C: 6})
		if err != nil {
			t.Fatal(err)
		}
		_, s, err := e.Drawn(make([]float32, e.Params.Len), e.Config.Sample)
		if err != nil || !slices.Equal(s.Label, tt.want) {
			t.Errorf("%s: labels %v, want %v: %v", tt.set, s.Label, tt.want, err)
		}
	}
}

// Guidance of what is drawn is that of the sample section: of an echo, whose field is 1
// where it is told class 1 and −1 where it is told none, −1 + w·2.
func TestGuidance(t *testing.T) {
	for set, want := range map[string][]float64{
		"sample.guidance=1":                          {1, 1, 1, 1, 1, 1},
		"sample.guidance=2.5":                        {4, 4, 4, 4, 4, 4},
		"sample.guidance=2.5 sample.guided=official": {4, 4, 4, 1, 1, 1},
	} {
		sets := append(strings.Fields(set), "model.classes=2", "model.label_dropout=0.1")
		e := echoing(t, parse(t, sets...))
		f, _, err := e.Drawn([]float32{1}, e.Config.Sample)
		if err != nil {
			t.Fatal(err)
		}
		p, err := f.Plan(t.Context(), 1, e.Point(), plan.Float32)
		if err != nil {
			t.Fatal(err)
		}
		g := reference.Load(p)
		for name, x := range map[string][]float32{"label": {1}, StateWeights: {1}} {
			if err := g.Write(name, x); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if got, err := g.Data("f"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v: %v", set, got, want, err)
		}
	}
}
