package datasets

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
)

// Every value is (x − m)/s of its coordinate, within the bounds that are declared, and another
// m or s is other data.
func TestStandardised(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(-50, 50)
		m := rapid.SliceOfN(number, 0, 1).Draw(t, "m")
		if rapid.Bool().Draw(t, "each") {
			m = rapid.SliceOfN(number, 3, 3).Draw(t, "m of each")
		}
		s := rapid.SliceOfN(rapid.Float64Range(1e-3, 1e3), 3, 3).Draw(t, "s")
		open := func(params choice.Values) Source {
			params["dim"], params["count"] = 3, 20
			src, err := Open(choice.Choice{Kind: "moons", Params: params})
			if err != nil {
				t.Fatal(err)
			}
			return src
		}
		plain, d := open(choice.Values{}), open(choice.Values{"subtract": m, "divide": s})
		if d.Info().Fingerprint == plain.Info().Fingerprint {
			t.Fatal("standardised data have the fingerprint of those that are not")
		}
		x, y := make([]float32, 3), make([]float32, 3)
		for i := range 20 {
			a, _ := plain.Read(x, i)
			b, err := d.Read(y, i)
			if err != nil || a != b {
				t.Fatalf("class %d, want %d; error %v", b, a, err)
			}
			for k := range x {
				from := 0.
				if len(m) > 0 {
					from = m[k%len(m)]
				}
				want := (float64(x[k]) - from) / s[k]
				lo, hi := d.Info().Lo, d.Info().Hi
				if math.Abs(float64(y[k])-want) > 1e-6*math.Abs(want) || y[k] < lo || y[k] > hi {
					t.Fatalf("sample %d: %v becomes %v in [%v, %v], want %v", i, x[k], y[k], lo, hi, want)
				}
			}
		}
	})
}

func TestStandardisedRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"digits:divide=2":                 "divide: got [2], want []: digits are images",
		"moons:subtract=[1,2,3]":          "subtract: got [1, 2, 3], want 1 number, or 2, one for each ",
		"moons:divide=0":                  "divide: got [0], want a list of numbers > 0",
		"moons:divide=[1,-1]":             "divide: got [1, -1], want a list of numbers > 0",
		"moons:divide=1e-300":             "beyond float32",
		"moons:subtract=1e300,divide=0.1": "beyond float32",
	} {
		c, err := choice.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(c)
		wantError(t, err, want)
	}
}
