package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Precision says what the contractions of a plan multiply; they always add in
// float32, and weights and moments are always kept in float32.
type Precision uint8

// The precisions. Device.Precisions says which ones a device can run.
const (
	Float32  Precision = iota
	TF32               // operands rounded to 10 bits of mantissa
	BFloat16           // operands rounded to 7 bits of mantissa
)

// precisionNames is what configurations, flags and messages call the precisions, in their order.
var precisionNames = [...]string{"float32", "tf32", "bf16"}

// String is the name of p, which ParsePrecision takes.
func (p Precision) String() string { return precisionNames[p] }

// Precisions are all there are, in their order.
func Precisions() []Precision {
	all := make([]Precision, len(precisionNames))
	for k := range all {
		all[k] = Precision(k)
	}
	return all
}

// ParsePrecision is the precision of that name, and whether there is one.
func ParsePrecision(name string) (p Precision, ok bool) {
	k := slices.Index(precisionNames[:], name)
	return Precision(max(k, 0)), k >= 0
}

// ListPrecisions names precisions as a choice: "float32, tf32 or bf16".
func ListPrecisions(ps []Precision) string {
	var s strings.Builder
	for k, p := range ps {
		switch {
		case k > 0 && k == len(ps)-1:
			s.WriteString(" or ")
		case k > 0:
			s.WriteString(", ")
		}
		s.WriteString(p.String())
	}
	return s.String()
}

// CheckPrecision is an error that says what d can run, if that is not p.
func CheckPrecision(d Device, p Precision) error {
	if has := d.Precisions(); !slices.Contains(has, p) {
		return fmt.Errorf("precision: got %v, want %s, all that %s has", p, ListPrecisions(has), d.Name())
	}
	return nil
}
