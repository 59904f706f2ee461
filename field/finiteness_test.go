package field

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// finite is a Finiteness in three letters: L, E and D for a loss, an energy and
// a decomposition that are finite, a dash for each that is not.
func (f Finiteness) letters() string {
	s := []byte("---")
	for i, v := range []Verdict{f.Loss, f.Energy, f.Decomposition} {
		if v.Finite {
			s[i] = "LED"[i]
		}
		if v.Finite != (v.Why == "") {
			return "a verdict contradicts itself"
		}
	}
	return string(s)
}

// What is finite follows from the orders at both ends, by hand: a ~ (1−t)^α and
// ȧ, ḃ of the schedules are
//
//	             a at 1      ȧ at 1        ḃ at 0
//	linear       1 − t       const         const
//	vp           (1−t)^½     (1−t)^−½      t^−½
//	vp-sde       const       const         t^−½
//	cosine       1 − t       const         t^−½
//	trig         1 − t       const         const
//	edm          const       0             const
//
// so the loss of velocity, ∫ ȧ² + ḃ², is infinite on vp, vp-sde and cosine. The
// gain of eqm heals t = 0 and leaves vp's other end. λ = (b/a)det and c/a are not
// integrable at t = 1 where a ~ 1 − t and c or det do not vanish there with it;
// on vp they are for data, where both grow like (1−t)^−½.
func TestFinitenessOfEveryProcess(t *testing.T) {
	want := map[string]string{
		"linear/noise": "LED", "linear/*": "LE-",
		"vp/velocity": "-E-", "vp/eqm": "-E-", "vp/eqm-linear": "-E-", "vp/eqm-piecewise": "-E-",
		"vp/*":            "LED",
		"vp-sde/velocity": "-ED", "vp-sde/*": "LED",
		"cosine/noise": "LED", "cosine/velocity": "-E-", "cosine/*": "LE-",
		"trig/noise": "LED", "trig/*": "LE-",
		"edm/*": "LED",
	}
	for _, p := range everyProcess(0, 1) {
		schedule, target := p.Spec.Schedule.Kind, p.Spec.Target.Kind
		letters, ok := want[schedule+"/"+target]
		if !ok {
			letters = want[schedule+"/*"]
		}
		if got := p.Finiteness().letters(); got != letters {
			t.Errorf("%s/%s on [0, 1]: finite are %s, want %s: %+v", schedule, target, got, letters,
				p.Finiteness())
		}
	}
	for _, p := range everyProcess(0.001, 0.999) {
		if got := p.Finiteness().letters(); got != "LED" {
			t.Errorf("%v away from both ends: finite are %s, want LED", p, got)
		}
	}
}

func TestFinitenessOfPriorsAndWeights(t *testing.T) {
	parse := func(text string) choice.Choice {
		c, err := choice.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, tt := range []struct{ schedule, target, prior, weight, letters, loss string }{
		// w = a²/b² + 4, so w p ∝ t⁻² at t = 0.
		{"linear", "data", "uniform", "edm", "---", "grows like t^-2, and the prior [0, 1] reaches t = 0"},
		{"linear", "data", "uniform:min=0.01", "edm", "LE-", ""},
		{"linear", "noise", "uniform", "snr", "---", "grows like t^-2"},
		{"vp", "data", "uniform", "snr", "---", "grows like t^-1, "}, // a²/b² = (1−t)/t
		{"vp", "velocity", "uniform", "one", "-E-", "grows like t^-1"},
		{"vp", "velocity", "uniform:min=0.1", "one", "-E-", "grows like |t-1|^-1"},
		// A logit-normal vanishes at both ends faster than any power.
		{"linear", "velocity", "logit-normal", "one", "LED", ""},
		{"vp", "velocity", "logit-normal", "one", "LED", ""},
		{"linear", "data", "logit-normal", "edm", "LED", ""},
		{"edm", "data", "log-normal", "edm", "LED", ""},
		{"edm", "data", "log-normal:min=0", "edm", "LED", ""},
		{"edm", "data", "log-uniform", "snr", "LED", ""},
		// A prior made from a normal puts what it clamps on its ends.
		{"vp", "velocity", "log-normal:min=0,max=1,mean=-1.5,std=0.6", "one", "-E-", "grows like |t-1|^-1"},
		{"vp", "velocity", "logit-normal:min=0.01,max=1", "one", "LED", ""},
	} {
		p, err := Spec{parse(tt.schedule), parse(tt.target), parse(tt.prior), parse(tt.weight)}.Process()
		if err != nil {
			t.Fatal(err)
		}
		f := p.Finiteness()
		if got := f.letters(); got != tt.letters || !strings.Contains(f.Loss.Why, tt.loss) {
			t.Errorf("%v: finite are %s, want %s; the loss because %q, want %q", p, got, tt.letters,
				f.Loss.Why, tt.loss)
		}
		if w := p.Warnings(); len(w) != strings.Count(tt.letters[:1], "-") {
			t.Errorf("%v: %d warnings %q, want one for an infinite loss and none else", p, len(w), w)
		}
	}
}

// A prior made from a normal puts the mass that it clamps on its ends: there a
// pole that the density would bear makes the loss infinite.
func TestClampedMassOnAPole(t *testing.T) {
	s := Linear()
	root := Target{Name: "(1-t)^-1/4", C: One.Div(One.Sub(T).Sqrt().Sqrt()), D: One}
	for _, tt := range []struct {
		prior Prior
		want  bool
	}{
		{Uniform(0, 1), true},
		{LogNormal(-1.5, 0.6, 0, 1), false},
		{LogNormal(-1.5, 0.6, 0, 0.9), true},
		{LogitNormal(0, 1, 0, 1), true}, // reaches its ends and clamps nothing to them
	} {
		f := NewProcess(s, root, tt.prior).Finiteness()
		if f.Loss.Finite != tt.want || !tt.want && !strings.Contains(f.Loss.Why, "clamps draws to t = 1") {
			t.Errorf("c² ~ (1−t)^-½ under %s[%g, %g]: %+v, want finite: %v",
				tt.prior.Name, tt.prior.Min, tt.prior.Max, f.Loss, tt.want)
		}
	}
}

// The methods known by name train on a finite loss, and say so by saying
// nothing; of two of them the decomposition is infinite, in one note.
func TestNamedMethodsAreFinite(t *testing.T) {
	want := map[string]string{"eqm": "LE-", "fm": "LE-"}
	for _, m := range Processes.Entries {
		p, err := m.Make.Process()
		if err != nil {
			t.Fatal(err)
		}
		letters, ok := want[m.Name]
		if !ok {
			letters = "LED"
		}
		if got := p.Finiteness().letters(); got != letters {
			t.Errorf("%s: finite are %s, want %s", m.Name, got, letters)
		}
		if w, n := p.Warnings(), p.Notes(); len(w) != 0 || len(n) != strings.Count(letters, "-") {
			t.Errorf("%s: warns %q and notes %q", m.Name, w, n)
		}
	}
}
