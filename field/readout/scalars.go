package readout

import "math"

// Scalars is what a sampler sees of a point u of D coordinates and of its field f.
type Scalars struct {
	UU float64 // ‖u‖²/D
	UF float64 // u·f/D
	FF float64 // ‖f‖²/D
}

// Of returns the scalars of u and f, which have one length.
func Of(u, f []float64) Scalars {
	var s Scalars
	for i, v := range u {
		s.UU += float64(v * v)
		s.UF += float64(v * f[i])
		s.FF += float64(f[i] * f[i])
	}
	d := float64(len(u))
	return Scalars{s.UU / d, s.UF / d, s.FF / d}
}

// Reader makes a noise time of the scalars of a point.
type Reader interface {
	// Time is t̂, within the range that the process is trained on. It is NaN where a scalar
	// is not finite.
	Time(s Scalars) float64
}

// finite reports whether every scalar is.
func (s Scalars) finite() bool {
	return math.Abs(s.UU)+math.Abs(s.UF)+math.Abs(s.FF) <= math.MaxFloat64
}

// features are numbers that say the same and that any power law in t makes straight
// lines of in log t: log ‖u‖²/D, the cosine between u and f, log ‖f‖²/D.
func (s Scalars) features() [features]float64 {
	const least = 1e-300 // of a field that vanishes
	uu, ff := max(s.UU, least), max(s.FF, least)
	cosine := max(-1, min(1, s.UF/math.Sqrt(uu)/math.Sqrt(ff)))
	return [features]float64{math.Log(uu), cosine, math.Log(ff)}
}

const features = 3
