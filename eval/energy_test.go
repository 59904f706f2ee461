package eval

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// device is the CPU.
func device(t testing.TB) plan.Device {
	t.Helper()
	dev, err := cpu.New(cpu.Options{Workers: 1, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	return dev
}

// untrained is a small configuration with weights of which none is zero, of data as
// assignments say.
func untrained(t testing.TB, dev plan.Device, set ...string) *Case {
	t.Helper()
	const text = "batch: 8\nmodel: {kind: mlp, width: 16, depth: 1}\ndata: {name: digits}\n"
	cfg, err := experiment.Parse("untrained.yaml", []byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	a, err := OpenAgainst(cfg.Data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := experiment.New(cfg, a.Info().Shape)
	if err != nil {
		t.Fatal(err)
	}
	ck := &run.Checkpoint{Experiment: e, Path: filepath.Join("untrained", "weights"),
		Data: a.Info().Fingerprint, Weights: e.NewWeights()}
	for i := range ck.Weights.Average {
		ck.Weights.Average[i] += .3 * float32(math.Sin(float64(i)))
	}
	s := &Subject{Path: "untrained", Fielded: &Fielded{Checkpoint: ck, Weights: "average",
		Part: experiment.StateAverage, Device: dev}}
	return NewCase(s, a, nil)
}

// scored computes a metric.
func scored(t testing.TB, c *Case, metric string) map[string]Score {
	t.Helper()
	ms, err := ParseMetrics(metric)
	if err != nil {
		t.Fatal(err)
	}
	if ms, err = c.Check(ms); err != nil {
		t.Fatal(err)
	}
	r, err := c.Compute(t.Context(), ms)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Score{}
	for _, s := range r.Scores {
		all[s.Name] = s
	}
	return all
}

// Without an energy points are ranked by ‖f‖, which is what an evaluator says it is.
func TestRankingOfImplicitFields(t *testing.T) {
	dev := device(t)
	c := untrained(t, dev, "sample.batch=3")
	const n = 7
	got := scored(t, c, "energy:n=7,other=digits")["‖f‖ of digits (trained on), mean"]
	x, _, err := c.Against.points(n)
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Checkpoint.Trained(c.Checkpoint.Weights.Average)
	if err != nil {
		t.Fatal(err)
	}
	e, err := model.NewEvaluator(t.Context(), dev, f, c.Shape(), n, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	y := make([]float32, len(x))
	if err := e.Eval(y, x, n); err != nil {
		t.Fatal(err)
	}
	var want float64
	for i := range n {
		var square float64
		for _, v := range y[i*64 : (i+1)*64] {
			square += float64(v) * float64(v)
		}
		want += math.Sqrt(square) / n
	}
	if math.Abs(got.Value-want) > 1e-4*want || got.N != n || got.Error == nil {
		t.Errorf("got %+v, want a mean of %v", got, want)
	}
}

// An energy counts the other way round where the field points to the data; data against
// themselves are told apart by chance.
func TestEnergySign(t *testing.T) {
	dev := device(t)
	area := func(field string) Score {
		c := untrained(t, dev, "model.energy=dot", "field="+field)
		all := scored(t, c, "energy:n=40,other=digits")
		if a := all["AUROC against digits"]; math.Abs(a.Value-.5) > 1e-12 {
			t.Errorf("%s: digits are told from themselves: %+v", field, a)
		}
		return all["AUROC against noise"]
	}
	from, to := area("eqm"), area("{target: data}")
	if math.Abs(from.Value+to.Value-1) > 1e-9 || math.Abs(*from.Error-*to.Error) > 1e-9 ||
		from.Value == .5 || from.N != 80 {
		t.Errorf("a field from the data has %+v, the same to the data %+v", from, to)
	}
}

// What cannot be had is left out with a note; what cannot be judged is refused.
func TestEnergyWithout(t *testing.T) {
	dev := device(t)
	c := untrained(t, dev)
	all := scored(t, c, "energy:n=3,other=rings")
	if _, ok := all["AUROC against rings"]; ok || len(c.notes) != 1 ||
		!strings.Contains(c.notes[0], "rings was left out: they have shape 1×1×2, want images") {
		t.Errorf("notes %q, scores %v", c.notes, all)
	}
	c = untrained(t, dev, "model.classes=10")
	ms, _ := ParseMetrics("energy:n=3")
	if _, err := c.Compute(t.Context(), ms); err == nil || !strings.Contains(err.Error(), "label_dropout") {
		t.Errorf("a field that was never without a class: %v", err)
	}
	one := *c.Against
	one.Source, _ = datasets.NewRings(2, 1, 0, false)
	c.Against = &one
	if _, err := c.Compute(t.Context(), ms); err == nil || !strings.Contains(err.Error(), "got 1 points") {
		t.Errorf("one point: %v", err)
	}
}
