package datasets

import (
	"crypto/sha256"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/choice"
)

// The parameters of every source by which values that are not those of images are brought near
// a mean of 0 and a deviation of 1.
var (
	subtract = choice.Param{Name: "subtract", Default: []float64{},
		In: choice.Where("a list of finite numbers", func(v []float64) bool {
			return !slices.ContainsFunc(v, func(x float64) bool { return x-x != 0 })
		}),
		About: "what is subtracted from every value: one number, or one for each channel or coordinate; " +
			"not of images, whose values are in [−1, 1]"}
	divide = choice.Param{Name: "divide", Default: []float64{},
		In: choice.Where("a list of numbers > 0", func(v []float64) bool {
			return !slices.ContainsFunc(v, func(x float64) bool { return !(x > 0) || x-x != 0 })
		}),
		About: "what every value is divided by then; a network sees, and samples are, values in these units"}
)

// standardised is a source with x → (x − m)/s for each channel or coordinate. Its fingerprint is
// that of the source and of m and s.
type standardised struct {
	Source
	info Info
	m, s []float64 // of each channel
}

// standardise is src as the parameters subtract and divide ask for.
func standardise(src Source, v choice.Values) (Source, error) {
	from, by := choice.Of[[]float64](v, subtract.Name), choice.Of[[]float64](v, divide.Name)
	if len(from) == 0 && len(by) == 0 {
		return src, nil
	}
	info := src.Info()
	var faults choice.Faults
	each := func(name string, list []float64, none float64) []float64 {
		want := fmt.Sprintf("1 number, or %d, one for each channel", info.Shape.C)
		if info.Image {
			want = "[]: " + info.Name + " are images, whose values are in [−1, 1]"
		}
		fits := len(list) == 1 || len(list) == info.Shape.C
		faults.Want(len(list) == 0 || fits && !info.Image, name, list, want)
		all := make([]float64, info.Shape.C)
		for c := range all {
			switch {
			case len(list) == 0:
				all[c] = none
			default:
				all[c] = list[c%len(list)]
			}
		}
		return all
	}
	d := &standardised{Source: src, info: info, m: each(subtract.Name, from, 0), s: each(divide.Name, by, 1)}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for c := range d.m {
		lo, hi = min(lo, d.value(info.Lo, c)), max(hi, d.value(info.Hi, c))
	}
	if !(-math.MaxFloat32 <= lo && hi <= math.MaxFloat32) {
		return nil, fmt.Errorf("datasets: %s: values from %.3g to %.3g would be as large as %.3g, beyond "+
			"float32", info.Name, info.Lo, info.Hi, max(-lo, hi))
	}
	d.info.Lo, d.info.Hi, d.info.Levels = float32(lo), float32(hi), 0
	d.info.Fingerprint = fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil,
		"standardised 1: %s, subtract %v, divide %v", info.Fingerprint, d.m, d.s)))
	return d, nil
}

// value is what x of channel c becomes.
func (d *standardised) value(x float32, c int) float64 { return (float64(x) - d.m[c]) / d.s[c] }

func (d *standardised) Info() Info { return d.info }

// Read reads a sample of the source, which costs a division more for each value.
func (d *standardised) Read(dst []float32, i int) (int32, error) {
	label, err := d.Source.Read(dst, i)
	if err == nil {
		for k, x := range dst {
			dst[k] = float32(d.value(x, k%len(d.m)))
		}
	}
	return label, err
}

// ClassNames are those of the source.
func (d *standardised) ClassNames() []string { return ClassNames(d.Source) }

// Notes are those of the source.
func (d *standardised) Notes() []string { return Notes(d.Source) }
