package geometry

import (
	"math"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
)

func source(t *testing.T, text string) datasets.Source {
	t.Helper()
	c, err := choice.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	src, err := datasets.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// The mean of the data is what the law says of a point that is noise alone, and the law
// and a large sample of it have nearly one field: the samples are the law's, in its plane.
func TestLawOf(t *testing.T) {
	p, err := field.Spec{}.Process()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"rings:dim=3", "gaussians:dim=4,components=3,weights=[1,2,5]",
		"gaussians:dim=2,components=2,deviation=[0.1,0.3],weights=[1,3]", "gaussians:dim=3,deviation=0"} {
		src := source(t, text+",count=20000")
		law, err := LawOf(src)
		if err != nil {
			t.Fatal(err)
		}
		points, err := OfSource(src)
		if err != nil {
			t.Fatal(err)
		}
		a, err := exact.New(p, law)
		if err != nil {
			t.Fatal(err)
		}
		b, err := exact.NewDataset(p, points)
		if err != nil {
			t.Fatal(err)
		}
		u := make([]float64, law.Dim())
		for k := range u {
			u[k] = .4 - .3*float64(k)
		}
		fa, err := a.Field(u)
		if err != nil {
			t.Fatal(err)
		}
		fb := make([]float64, len(u))
		if err := b.Fields([][]float64{fb}, [][]float64{u}, 1); err != nil {
			t.Fatal(err)
		}
		for k := range fa {
			if !(math.Abs(fa[k]-fb[k]) < .05*(1+math.Abs(fa[k]))) {
				t.Errorf("%s: the field of the law is %v, of 20,000 of its samples %v", text, fa, fb)
				break
			}
		}
	}
	for text, want := range map[string]string{"moons": "got moons, want rings or gaussians",
		"digits": "got digits, want rings or gaussians"} {
		if _, err := LawOf(source(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}
