package geometry

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Every figure, with few draws: each has all it should, its
// numbers are those of the theory, and its errata are measured.
func TestFigures(t *testing.T) {
	seen := map[int]bool{}
	for _, f := range Figures() {
		f.Inputs.Draws = min(f.Inputs.Draws, 64)
		if f.Cost > 30 { // minutes, with all draws and dimensions
			f.Inputs.Draws = 4
			if f.Inputs.Dims != nil {
				f.Inputs.Dims = []int{8}
			}
		}
		var last, of int
		r, err := f.Compute(t.Context(), func(done, n int) { last, of = done, n })
		if err != nil {
			t.Fatal(err)
		}
		if last != of || of == 0 {
			t.Errorf("%s: progress ends at %d of %d", f.Name, last, of)
		}
		if r.Title == "" || r.Label == "" || r.Prior == "" || len(r.Tables) == 0 || len(r.Plots) == 0 {
			t.Errorf("%s: got %+v, want a title, a label, a prior, tables and plots", f.Name, r)
		}
		for _, e := range r.Errata {
			seen[e.Number] = true
			if e.Claim == "" || e.Holds == "" || !strings.ContainsAny(e.Measured, "0123456789") {
				t.Errorf("%s: erratum without a measurement: %+v", f.Name, e)
			}
		}
		holds(t, f.Name, r)
	}
	for n := 1; n <= 11; n++ {
		if !seen[n] {
			t.Errorf("no figure shows erratum %d", n)
		}
	}
}

// holds holds the numbers of a figure to the theory.
func holds(t *testing.T, name string, r *Result) {
	t.Helper()
	for _, table := range r.Tables {
		for _, row := range table.Rows {
			switch table.Name {
			case "concentration": // Statement 1 holds from D = 64 on to the size of its remainder
				if dim := row[0].(int); dim >= 64 && !(math.Abs(row[4].(float64)-1) <= 8/float64(dim)+0.05) {
					t.Errorf("%s: D = %d: ratio %v to t²/2D", name, dim, row[4])
				}
			case "flow-ratio":
				want, known := row[7].(float64)
				if got := row[5].(float64); known && !(math.Abs(got/want-1) < 0.03) {
					t.Errorf("%s: %v, D = %v: transport/natural %v near the data, want %v", name, row[2],
						row[1], got, want)
				}
			case "shape":
				if got, want := row[4].(float64), row[5].(float64); !(math.Abs(got-want) <= 1e-3*want) {
					t.Errorf("%s: r‖∇E‖ of %v, D = %v: %v, want %v", name, row[0], row[3], got, want)
				}
			case "transport":
				if got, want := row[3].(float64),
					row[4].(float64); !(math.Abs(got-want) <= 1e-4*math.Abs(want)) {
					t.Errorf("%s: D = %v, λ ∝ %v: transport/natural %v, want %v", name, row[0], row[2],
						got, want)
				}
			case "power":
				if got, want := row[1].(float64), row[2].(float64); !(math.Abs(got-want) <= 1e-4) {
					t.Errorf("%s: %v: p = %v, want %v", name, row[0], got, want)
				}
			case "jensen": // within five standard errors
				mean, se, rms, seRMS, want := row[1].(float64), row[2].(float64), row[3].(float64),
					row[4].(float64),
					row[5].(float64)
				if !(math.Abs(mean) <= 5*se && math.Abs(rms-want) <= 5*seRMS) {
					t.Errorf("%s: D = %v: mean %v ± %v, rms %v ± %v, want 0 and %v", name, row[0], mean,
						se, rms, seRMS, want)
				}
			}
		}
	}
}

// The divergence of λ̄ towards t = 1, to the digits that theory quotes.
func TestDivergence(t *testing.T) {
	table, _, err := divergence()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{1.79, 3.45, 5.16, 6.88, 8.61} {
		if got := table.Rows[i][1].(float64); !(math.Abs(got-want) <= .005) {
			t.Errorf("1 − t_max = %v: λ̄ = %v, want %v", table.Rows[i][0], got, want)
		}
	}
}

// The closed form of the Jensen gap is that of the theory.
func TestGapRMS(t *testing.T) {
	for dim, want := range map[int]float64{8: .294, 32: .1296, 128: .0631, 3072: .01276} {
		if got := gapRMS(dim); !(math.Abs(got-want) <= .5*math.Pow(10, math.Floor(math.Log10(want))-2)) {
			t.Errorf("D = %d: %v, want %v", dim, got, want)
		}
	}
}

// The rate at which the blind flow undoes an error is what the orders of λ and b say,
// for each schedule and target of the stability table.
func TestFeedbackIsWhatOrdersSay(t *testing.T) {
	for _, tr := range trials() {
		p := tr.process
		got, err := feedback(p)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.Stability().Feedback; !(math.Abs(got-want) <= 5e-3) {
			t.Errorf("%s/%s: rate %v, want %v", p.Schedule.Name, p.Target.Name, got, want)
		}
	}
}

// On the shell near the data the errors of noise and of velocity are one on linear; on
// vp both grow like 1/b, and those of data vanish.
func TestShellErrors(t *testing.T) {
	in := Inputs{Seed: 3, Draws: 16}
	rms := map[string][2]float64{}
	for _, tr := range trials()[:6] {
		a, err := blindOf(tr)
		if err != nil {
			t.Fatal(err)
		}
		var at [2]float64
		for i, when := range []float64{.01, .001} {
			sq, err := driftError(t.Context(), a, eight(), when, in)
			if err != nil {
				t.Fatal(err)
			}
			at[i] = math.Abs(tr.process.Nu.Eval(when)) * root(sq).Mean
		}
		rms[tr.process.Schedule.Name+"/"+tr.process.Target.Name] = at
	}
	for _, tt := range []struct {
		name   string
		growth float64 // from t = .01 to .001
	}{{"linear/noise", 1}, {"linear/velocity", 1}, {"vp/noise", math.Sqrt(10)}, {"vp/velocity",
		math.Sqrt(10)}} {
		if got := rms[tt.name][1] / rms[tt.name][0]; !(math.Abs(got-tt.growth) <= .02*tt.growth) {
			t.Errorf("%s: grows by %v, want %v", tt.name, got, tt.growth)
		}
	}
	if n, v := rms["linear/noise"][1], rms["linear/velocity"][1]; !(math.Abs(n/v-1) <= .002) {
		t.Errorf("linear at t = .001: noise %v, velocity %v, want the same", n, v)
	}
	for _, name := range []string{"linear/data", "vp/data"} {
		if got := rms[name][1]; !(got < 1e-9) {
			t.Errorf("%s: %v at t = .001, want nothing", name, got)
		}
	}
}

// A budget without feedback is the path-invariant one, and a bound is no less than what
// it bounds.
func TestBudget(t *testing.T) {
	in := Inputs{Seed: 3, Draws: 4}
	for _, tr := range []trial{trials()[0], trials()[7]} { // noise on linear and on edm
		a, err := blindOf(tr)
		if err != nil {
			t.Fatal(err)
		}
		b, err := budgetOf(t.Context(), a, tr, in)
		if err != nil {
			t.Fatal(err)
		}
		last := 1.0
		if tr.process.Schedule.Name == "linear" {
			last = 1 - tr.to // δ in u = a·δ in x
		}
		if !(math.Abs(b.displacement/(b.noise*last)-1) <= 1e-9) || !(b.sun >= math.Log10(b.displacement)) {
			t.Errorf("%v: ∫ rms‖Δε‖ d(b/a) = %v, displacement %v, log₁₀ of the bound %v", tr.process, b.noise,
				b.displacement, b.sun)
		}
	}
}

// What is kept is read again by the same program with the same inputs, and by no other.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	f, err := Find("singularity")
	if err != nil {
		t.Fatal(err)
	}
	f.Inputs.Dims = []int{8}
	if r, err := f.Kept(dir, "one"); r != nil || err != nil {
		t.Errorf("before it is made: %v, %v", r, err)
	}
	r, err := f.Make(t.Context(), dir, "one", nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Kept(dir, "one")
	if err != nil || again == nil || !reflect.DeepEqual(again.Plots,
		r.Plots) || len(again.Tables) != len(r.Tables) {
		t.Errorf("read again: %v, %v, want %v", again, err, r)
	}
	if other, err := f.Kept(dir, "two"); other != nil || err != nil {
		t.Errorf("of another program: %v, %v", other, err)
	}
	f.Inputs.Dims = []int{4}
	if other, err := f.Kept(dir, "one"); other != nil || err != nil {
		t.Errorf("with other inputs: %v, %v", other, err)
	}
	f.Inputs.Dims = []int{8}
	path := filepath.Join(dir, "singularity.json")
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if torn, err := f.Kept(dir, "one"); torn != nil || err != nil {
		t.Errorf("of a torn file: %v, %v", torn, err)
	}
}
