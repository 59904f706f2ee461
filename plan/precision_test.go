package plan

import "testing"

type precise struct {
	Device
	has []Precision
}

func (d precise) Name() string            { return "here" }
func (d precise) Precisions() []Precision { return d.has }

// Every name is read back, and nothing else is a precision.
func TestParsePrecision(t *testing.T) {
	for _, p := range Precisions() {
		if got, ok := ParsePrecision(p.String()); got != p || !ok {
			t.Errorf("%v is read as %v, %t", p, got, ok)
		}
	}
	for _, name := range []string{"", "Float32", "fp16", "bf16 "} {
		if p, ok := ParsePrecision(name); ok {
			t.Errorf("%q is read as %v", name, p)
		}
	}
}

func TestCheckPrecision(t *testing.T) {
	for _, tt := range []struct {
		has  []Precision
		p    Precision
		want string
	}{
		{Precisions(), TF32, ""},
		{Precisions()[:1], Float32, ""},
		{Precisions()[:1], BFloat16, "precision: got bf16, want float32, all that here has"},
		{[]Precision{Float32, BFloat16}, TF32,
			"precision: got tf32, want float32 or bf16, all that here has"},
	} {
		got := ""
		if err := CheckPrecision(precise{has: tt.has}, tt.p); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v of %v: got %q, want %q", tt.p, tt.has, got, tt.want)
		}
	}
	if got, want := ListPrecisions(Precisions()), "float32, tf32 or bf16"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
