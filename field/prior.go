package field

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Base is the variate a prior's quantile map starts from.
type Base uint8

// A prior starts from a uniform number in (0, 1) or from a standard normal.
const (
	UniformBase Base = iota
	NormalBase
)

// String is "uniform" or "normal".
func (b Base) String() string { return [...]string{"uniform", "normal"}[b] }

// Prior says which noise times a model is trained on: t ~ p(t) on [Min, Max],
// each with loss weight w(t).
//
// Priors made from a normal are clamped: a draw outside [Min, Max] becomes the
// nearer end. Density is the continuous part and Clamped the mass of the two
// point masses, which a Spec keeps below one in a hundred and which the exact
// posterior leaves out. EDM's own range clamps 2e-5.
type Prior struct {
	Name     string
	Min, Max float64
	Base     Base
	Quantile Expr // t as a function of the base variate
	Density  Expr // p(t) inside (Min, Max)
	Weight   Expr // w(t)
	Clamped  float64
}

// Effective is the unnormalised prior of the blind optimum, w(t)p(t).
func (p Prior) Effective() Expr { return p.Weight.Mul(p.Density) }

// Time is the t below which p has that share of its mass, in (0, 1).
func (p Prior) Time(share float64) float64 {
	if p.Base == NormalBase {
		share = math.Sqrt2 * math.Erfinv(2*share-1)
	}
	return p.Quantile.Eval(share)
}

// Uniform draws t evenly from [lo, hi].
func Uniform(lo, hi float64) Prior {
	return Prior{
		Name: "uniform", Min: lo, Max: hi, Base: UniformBase, Weight: One,
		Quantile: Const(lo).Add(T.Scale(hi - lo)),
		Density:  Const(1 / (hi - lo)),
	}
}

// LogUniform draws log t evenly; lo > 0.
func LogUniform(lo, hi float64) Prior {
	span := math.Log(hi / lo)
	return Prior{
		Name: "log-uniform", Min: lo, Max: hi, Base: UniformBase, Weight: One,
		Quantile: T.Scale(span).Exp().Scale(lo).Min(Const(hi)),
		Density:  One.Div(T.Scale(span)),
	}
}

// Power draws t with density ∝ t^m on [lo, hi]; m > −1. Beside the data it moves
// the posterior's shape as the schedule does: α = κ/2 − (m+1)/2k where b ~ t^k and
// κ is the codimension.
func Power(m, lo, hi float64) Prior {
	n := m + 1
	from, to := math.Pow(lo, n), math.Pow(hi, n)
	power := func(e Expr, q float64) Expr { return e.Log().Scale(q).Exp() }
	return Prior{
		Name: "power", Min: lo, Max: hi, Base: UniformBase, Weight: One,
		Quantile: power(Const(from).Add(T.Scale(to-from)), 1/n).Min(Const(hi)),
		Density:  power(T, m).Scale(n / (to - from)),
	}
}

// LogNormal draws log t from N(mean, std²): with −1.2 and 1.2 the noise levels EDM
// is trained on (Karras et al., arXiv 2206.00364).
func LogNormal(mean, std, lo, hi float64) Prior {
	z := T.Log().Sub(Const(mean)).Div(Const(std))
	return Prior{
		Name: "log-normal", Min: lo, Max: hi, Base: NormalBase, Weight: One,
		Quantile: clamp(affine(mean, std).Exp(), lo, hi),
		Density:  gaussian(z).Div(T.Scale(std)),
		Clamped:  outside(mean, std, math.Log(lo), math.Log(hi)),
	}
}

// LogitNormal draws log(t/(1−t)) from N(mean, std²), as Esser et al. (arXiv
// 2403.03206); 0 ≤ lo < hi ≤ 1.
func LogitNormal(mean, std, lo, hi float64) Prior {
	z := T.Log().Sub(One.Sub(T).Log()).Sub(Const(mean)).Div(Const(std))
	return Prior{
		Name: "logit-normal", Min: lo, Max: hi, Base: NormalBase, Weight: One,
		Quantile: clamp(One.Div(One.Add(affine(mean, std).Neg().Exp())), lo, hi),
		Density:  gaussian(z).Div(T.Mul(One.Sub(T)).Scale(std)),
		Clamped:  outside(mean, std, math.Log(lo)-math.Log1p(-lo), math.Log(hi)-math.Log1p(-hi)),
	}
}

func affine(mean, std float64) Expr { return Const(mean).Add(T.Scale(std)) }

func clamp(e Expr, lo, hi float64) Expr { return e.Min(Const(hi)).Max(Const(lo)) }

// gaussian is the standard normal density of z.
func gaussian(z Expr) Expr {
	return z.Square().Scale(-0.5).Exp().Scale(1 / math.Sqrt(2*math.Pi))
}

// outside is the mass of N(mean, std²) outside [lo, hi].
func outside(mean, std, lo, hi float64) float64 {
	return 0.5*math.Erfc((mean-lo)/(std*math.Sqrt2)) + 0.5*math.Erfc((hi-mean)/(std*math.Sqrt2))
}

// largestClamp is the clamped mass above which a Spec is refused.
const largestClamp = 0.01

func rangeParams() []choice.Param {
	return []choice.Param{
		{Name: "min", Default: 0., Usual: "where the schedule starts", In: choice.NotBelow0,
			About: "least t that is drawn: more than 0 keeps away from poles at the data"},
		{Name: "max", Default: 0., Usual: "where the schedule ends", In: choice.Positive,
			About: "greatest t that is drawn, where samplers start"},
	}
}

func normalParams(mean, std float64, of string) []choice.Param {
	return append(rangeParams(),
		choice.Param{Name: "mean", Default: mean, About: "mean of " + of, In: choice.AnyNumber},
		choice.Param{Name: "std", Default: std, About: "deviation of " + of, In: choice.Positive})
}

// Priors is the table of priors by name.
var Priors = choice.Table[func(choice.Values) Prior]{
	What: "prior", Key: "kind", Default: "uniform",
	Entries: []choice.Entry[func(choice.Values) Prior]{
		{
			Name: "uniform", Example: "uniform:min=0.01,max=0.99", About: "t evenly", Params: rangeParams(),
			Make: func(v choice.Values) Prior { return Uniform(v.Float("min"), v.Float("max")) },
		},
		{
			Name: "log-uniform", Example: "log-uniform:min=0.01,max=1", About: "log t evenly",
			Params: rangeParams(),
			Make:   func(v choice.Values) Prior { return LogUniform(v.Float("min"), v.Float("max")) },
		},
		{
			Name: "power", Example: "power:m=1,min=0,max=1",
			About: "t with density ∝ t^m: more noise where m > 0, less where m < 0",
			Params: append(rangeParams(), choice.Param{Name: "m", Default: 1., About: "the power of t",
				In: choice.Where("a number in (−1, 100]", func(v float64) bool {
					return -1 < v &&
						v <= 100
				})}),
			Make: func(v choice.Values) Prior { return Power(v.Float("m"), v.Float("min"), v.Float("max")) },
		},
		{
			Name: "log-normal", Aliases: []string{"lognormal"},
			Example: "log-normal:min=0.002,max=80,mean=-1,std=1",
			About:   "log t from a normal distribution: EDM's noise levels",
			Paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, " +
				"arXiv 2206.00364",
			Params: normalParams(-1.2, 1.2, "log t"),
			Make: func(v choice.Values) Prior {
				return LogNormal(v.Float("mean"), v.Float("std"), v.Float("min"), v.Float("max"))
			},
		},
		{
			Name: "logit-normal", Example: "logit-normal:min=0,max=1,mean=0.5",
			About:  "log(t/(1−t)) from a normal distribution: most in the middle of the path",
			Paper:  "Esser et al., Scaling Rectified Flow Transformers, arXiv 2403.03206",
			Params: normalParams(0, 1, "log(t/(1−t))"),
			Make: func(v choice.Values) Prior {
				return LogitNormal(v.Float("mean"), v.Float("std"), v.Float("min"), v.Float("max"))
			},
		},
	},
}

// Weights is the table of loss weights by name.
//
//	one   w = 1
//	edm   w = (σ²+σd²)/(σ σd)²,  σ = b/a: what EDM puts on its denoiser
//	snr   w = a²/b²
//	velocity   w = ((ḃa − ȧb)/max(b, floor))², which on linear is 1/max(t, floor)²
var Weights = choice.Table[func(Schedule, choice.Values) Expr]{
	What: "weight", Key: "kind", Default: "one",
	Entries: []choice.Entry[func(Schedule, choice.Values) Expr]{
		{
			Name: "one", Example: "one", About: "w = 1",
			Make: func(Schedule, choice.Values) Expr { return One },
		},
		{
			Name: "edm", Example: "edm:sigma_data=1",
			About: "w = (σ²+σd²)/(σ σd)² with σ = b/a: EDM's, for its denoiser",
			Paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, " +
				"arXiv 2206.00364",
			Params: []choice.Param{sigmaData()},
			Make: func(s Schedule, v choice.Values) Expr {
				k := v.Float("sigma_data") * v.Float("sigma_data")
				return s.SNR().Add(Const(1 / k))
			},
		},
		{
			Name: "snr", Example: "snr", About: "w = a²/b², the ratio of signal to noise",
			Make: func(s Schedule, _ choice.Values) Expr { return s.SNR() },
		},
		{
			Name: "velocity", Example: "velocity:floor=0.1",
			About: "w that makes a loss of the datum that of the velocity which it stands for",
			Paper: "Li and He, Back to Basics: Let Denoising Generative Models Denoise, arXiv 2511.13720",
			Params: []choice.Param{{Name: "floor", Default: .05, In: choice.Positive,
				About: "the least b that is divided by: the loss would be infinite at the data"}},
			Make: func(s Schedule, v choice.Values) Expr {
				return s.DB().Mul(s.A).Sub(s.DA().Mul(s.B)).Div(s.B.Max(Const(v.Float("floor")))).Square()
			},
		},
	},
}

// check reports what is wrong with the range of p on s.
func (p Prior) check(s Schedule) choice.Faults {
	var faults choice.Faults
	bad := func(path string, got float64, want string, args ...any) {
		faults.Add("prior."+path, got, fmt.Sprintf(want, args...))
	}
	switch {
	case p.Name == "logit-normal" && p.Max > 1:
		bad("max", p.Max, "at most 1: logit-normal draws log(t/(1-t))")
		return faults
	case p.Max > s.End:
		bad("max", p.Max, "at most %v, where %s ends", s.End, s.Name)
	}
	if !(p.Min < p.Max) {
		bad("min", p.Min, "less than prior.max = %v", p.Max)
	} else if p.Name == "log-uniform" && p.Min == 0 {
		bad("min", p.Min, "a number > 0: log t is drawn evenly")
	}
	if p.Min < p.Max && !(p.Clamped <= largestClamp) {
		bad("max", p.Max, "a range [min, max] that holds 99%% of %s: it clamps %.2g", p.Name, p.Clamped)
	}
	return faults
}
