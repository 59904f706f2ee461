package eval

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// report is one of a subject with scores.
func report(subject string, scores ...Score) *Report {
	return &Report{Subject: subject, Scores: scores,
		Against: Reference{Data: "digits", Fingerprint: "sha256:0123456789abcdef"}}
}

// toy is a score of the metric toy.
func toy(value, se float64) Score {
	s := withError("distance", value, se, byMean, 10, "10 points")
	s.Metric, s.Basis = "toy:power=2,seed=0", Basis{Features: "pixels", FeaturesSum: "none", Resize: "no",
		Real: 100, Generated: 10}
	return s
}

// Every field of a basis and every parameter but the seed keeps two scores apart, and is named.
func TestIncomparable(t *testing.T) {
	a := report("a", toy(1, 0))
	seeded := toy(2, 0)
	seeded.Metric = "toy:power=2,seed=1"
	if err := Incomparable([]*Report{a, report("b", toy(1, .1)), report("c", seeded)}, false); err != nil {
		t.Error(err)
	}
	v := reflect.TypeFor[Basis]()
	for i := range v.NumField() {
		s := toy(1, 0)
		switch f := reflect.ValueOf(&s.Basis).Elem().Field(i); f.Kind() {
		case reflect.String:
			f.SetString("other")
		default:
			f.SetInt(7)
		}
		name, _, _ := strings.Cut(v.Field(i).Tag.Get("json"), ",")
		err := Incomparable([]*Report{a, report("b", s)}, true)
		want := "eval: a and b cannot be compared: " + name + " of toy: "
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v", name, err)
		}
		reflect.ValueOf(&s.Basis).Elem().Field(i).SetZero()
		if err := Incomparable([]*Report{a, report("b", s)}, true); err != nil {
			t.Errorf("%s is not said yet: %v", name, err)
		}
		if err := Incomparable([]*Report{a, report("b", s)}, false); err == nil {
			t.Errorf("%s is not said, and compared", name)
		}
	}
	other := toy(1, 0)
	other.Metric = "toy:power=3,seed=0"
	err := Incomparable([]*Report{a, report("b", other)}, false)
	if err == nil || !strings.Contains(err.Error(), "toy.power: 2 in the first, 3 in the second") {
		t.Errorf("another parameter: got %v", err)
	}
	if err := Incomparable([]*Report{a, report("b", toy(1, 0), other)}, false); err != nil {
		t.Errorf("one of two of a metric is alike: %v", err)
	}
	b := report("b", toy(1, 0))
	b.Against.Fingerprint = "sha256:fedcba98"
	err = Incomparable([]*Report{a, b, b}, false)
	want := "data: digits (sha256:01234567) in the first, digits (sha256:fedcba98)"
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), want) {
		t.Errorf("other data: got %v", err)
	}
}

// Two scores are within noise by the rule that is printed, and where one has no error nothing is
// said; the verdict does not depend on the order.
func TestCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(0, 4)
		x, y := toy(number.Draw(t, "x"), number.Draw(t, "ex")), toy(number.Draw(t, "y"), number.Draw(t, "ey"))
		c := Compare([]*Report{report("a", x), report("b"), report("b", y)})
		p := c.Rows[0].Pairs
		se := math.Sqrt(*x.Error**x.Error + *y.Error**y.Error)
		if len(c.Rows) != 1 || len(p) != 1 || p[0].A != 0 || p[0].B != 2 ||
			p[0].Difference != y.Value-x.Value || math.Abs(se-*p[0].Error) > 1e-12 {
			t.Fatalf("got %+v", p)
		}
		if d := math.Abs(x.Value-y.Value) - 2*se; math.Abs(d) > 1e-9 && *p[0].Within != (d <= 0) {
			t.Fatalf("%v apart, errors %v: within %t", p[0].Difference, se, *p[0].Within)
		}
		turned := Compare([]*Report{report("b", y), report("a", x)}).Rows[0].Pairs[0]
		if *turned.Within != *p[0].Within || c.Subjects[2] != "b (2)" {
			t.Fatalf("turned round: %+v; subjects %v", turned, c.Subjects)
		}
		x.Error = nil
		if p := Compare([]*Report{report("a", x), report("b", y)}).Rows[0].Pairs[0]; p.Within != nil {
			t.Fatalf("without an error: %+v", p)
		}
	})
}

// A mean over draws has their mean, no less error than either their spread or their own errors
// say, and each of them.
func TestOverDraws(t *testing.T) {
	draws := [][]Score{{toy(1, .3)}, {toy(2, .3)}, {toy(6, .3)}}
	got, err := overDraws(draws, []uint64{4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	s := got[0]
	if want := math.Sqrt(7. / 3); s.Value != 3 || math.Abs(*s.Error-want) > 1e-12 || len(s.Draws) != 3 ||
		s.Draws[2].Seed != 6 || s.Draws[2].Value != 6 || *s.Draws[2].Error != .3 || s.Generated != 10 {
		t.Errorf("got %+v, want 3 ± %v", s, want)
	}
	if *draws[0][0].Error != .3 || draws[0][0].Value != 1 {
		t.Error("the scores of the draws were changed")
	}
	got, err = overDraws([][]Score{{toy(1, .3)}, {toy(1, .4)}}, []uint64{0, 1})
	if err != nil || math.Abs(*got[0].Error-.25) > 1e-12 {
		t.Errorf("draws that agree: got %+v, %v, want an error of √(.09+.16)/2", got, err)
	}
	got, err = overDraws([][]Score{{exact("x", 1, 1, "")}, {exact("x", 3, 1, "")}}, []uint64{0, 1})
	if err != nil || math.Abs(*got[0].Error-1) > 1e-12 {
		t.Errorf("without errors of their own: got %+v, %v, want √2/√2", got, err)
	}
	if _, err := overDraws([][]Score{{toy(1, 1)}, {exact("x", 3, 1, "")}}, []uint64{0, 1}); err == nil {
		t.Error("draws with other scores were averaged")
	}
}

// An error with the points held fixed, or of subsets that share them, calls no difference noise or
// more than noise; the spread over seeds does.
func TestErrorsThatAreNoNoise(t *testing.T) {
	for by, told := range map[string]bool{byLines: false, bySubsets: false, byBlocks: true, byMean: true,
		"spread over 3 seeds / √3": true} {
		a, b := toy(1, .1), toy(2, .1)
		a.By, b.By = by, by
		p := Compare([]*Report{report("a", a), report("b", b)}).Rows[0].Pairs[0]
		if (p.Within != nil) != told || (p.Error != nil) != told {
			t.Errorf("by %s: got %+v", by, p)
		}
	}
}
