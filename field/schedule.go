package field

import (
	"math"

	"github.com/stillfield/stillfield/choice"
)

// Schedule says how a datum x and a normal ε are mixed at time t:
//
//	u = a(t) x + b(t) ε
//
// a falls from 1 and b rises from 0.
type Schedule struct {
	Name   string
	A, B   Expr
	Lo, Hi float64 // the usual range of t, the default of every prior
	End    float64 // a and b are defined on [0, End]: 1, or +Inf
}

// DA is ȧ.
func (s Schedule) DA() Expr { return s.A.D() }

// DB is ḃ.
func (s Schedule) DB() Expr { return s.B.D() }

// SNR is a²/b².
func (s Schedule) SNR() Expr { return s.A.Square().Div(s.B.Square()) }

// Clock is the noise variable that a network with a clock is told, in t. Where t ends it
// is 1000 t, so that the embedding's frequencies, 1 down to 1/10000, resolve a thousandth
// of the way, as DDPM's counting of its steps has them do (Ho et al., arXiv 2006.11239;
// Song et al., arXiv 2011.13456, embed 999 t). Where t is a noise level without an end it
// is EDM's c_noise = ¼ ln t (Karras et al., arXiv 2206.00364, table 1), with t not below
// 1e-9. The ratio of signal to noise would do for every schedule, but it is infinite at
// both ends of those that begin with data and end with noise.
func (s Schedule) Clock() Expr {
	if s.Endless() {
		return T.Max(Const(1e-9)).Log().Scale(.25)
	}
	return T.Scale(1000)
}

// InputScale is c_in = 1/√(a²σd² + b²), which makes the values of u about 1 where those of
// the data have deviation σd > 0 (Karras et al., arXiv 2206.00364, appendix B.6, with a).
func (s Schedule) InputScale(sigmaData float64) Expr {
	return One.Div(s.A.Square().Scale(sigmaData * sigmaData).Add(s.B.Square()).Sqrt())
}

// Endless reports whether t is a noise level without an end.
func (s Schedule) Endless() bool { return math.IsInf(s.End, 1) }

func unitSchedule(name string, a, b Expr) Schedule {
	return Schedule{Name: name, A: a, B: b, Lo: 0, Hi: 1, End: 1}
}

// Linear is the schedule of flow matching (Lipman et al., arXiv 2210.02747) and of
// Equilibrium Matching (arXiv 2510.02300), whose γ is 1 − t.
//
//	a = 1 − t,   b = t
func Linear() Schedule { return unitSchedule("linear", One.Sub(T), T) }

// EDM adds noise of deviation σ = t and never scales the datum; t runs from 0.002
// to 80 (Karras et al., arXiv 2206.00364).
//
//	a = 1,   b = t
func EDM() Schedule {
	return Schedule{Name: "edm", A: One, B: T, Lo: 0.002, Hi: 80, End: math.Inf(1)}
}

// VP keeps the variance of u at 1 for data of variance 1 and grows that of the
// noise linearly. It is the schedule for which the table of gains of "The geometry
// of noise" (arXiv 2602.18428, Table 2) holds.
//
//	a = √(1−t),   b = √t
func VP() Schedule { return unitSchedule("vp", One.Sub(T).Sqrt(), T.Sqrt()) }

// VPSDE is the variance preserving SDE (Song et al., arXiv 2011.13456) with β
// rising linearly from beta0 to beta1: at 0.1 and 20 the continuous limit of the
// thousand steps of DDPM (Ho et al., arXiv 2006.11239).
//
//	a = e^{−g/2},   b = √(1−a²),   g(t) = ∫₀ᵗ β = beta0·t + ½(beta1−beta0)t²
//
// 1 − e^{−g} cancels near the data, where float32 would lose b, so b comes from
// b² = 2h/(1+h), h = tanh(g/2), which holds its relative accuracy.
func VPSDE(beta0, beta1 float64) Schedule {
	half := T.Mul(Const(beta0 / 2).Add(T.Scale((beta1 - beta0) / 4)))
	h := half.Tanh()
	return unitSchedule("vp-sde", half.Neg().Exp(), h.Scale(2).Div(One.Add(h)).Sqrt())
}

// Cosine is the schedule of improved DDPM (Nichol and Dhariwal, arXiv 2102.09672),
// with offset s, 0.008 there.
//
//	a = cos θ / cos θ₀,   b = √(1−a²),   θ = (π/2)(t+s)/(1+s),   θ₀ = θ(0)
//
// Both are written as sines that vanish where they should, exactly:
// cos θ = sin((π/2)(1−t)/(1+s)) and 1 − a² = sin(θ−θ₀) sin(θ+θ₀)/cos²θ₀.
func Cosine(s float64) Schedule {
	quarter := math.Pi / 2 / (1 + s)
	cos0 := math.Cos(quarter * s)
	a := One.Sub(T).Scale(quarter).Sin().Div(Const(cos0))
	rise := T.Scale(quarter)
	b := rise.Sin().Mul(rise.Add(Const(2 * quarter * s)).Sin()).Sqrt().Div(Const(cos0))
	return unitSchedule("cosine", a, b)
}

// Trig moves (a, b) along the unit circle at an even pace; SiT calls it GVP (Ma et
// al., arXiv 2401.08740).
//
//	a = cos(πt/2) = sin(π(1−t)/2),   b = sin(πt/2)
func Trig() Schedule {
	return unitSchedule("trig", One.Sub(T).Scale(math.Pi/2).Sin(), T.Scale(math.Pi/2).Sin())
}

// Schedules is the table of schedules by name.
var Schedules = choice.Table[func(choice.Values) Schedule]{
	What: "schedule", Key: "kind", Default: "linear",
	Entries: []choice.Entry[func(choice.Values) Schedule]{
		{
			Name: "linear", Aliases: []string{"fm"}, Example: "linear",
			About: "a = 1−t, b = t: flow matching and Equilibrium Matching",
			Paper: "Lipman et al., Flow Matching for Generative Modeling, arXiv 2210.02747",
			Make:  func(choice.Values) Schedule { return Linear() },
		},
		{
			Name: "edm", Example: "edm",
			About: "a = 1, b = t: noise of deviation t up to 80 on a datum that keeps its scale",
			Paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, " +
				"arXiv 2206.00364",
			Make: func(choice.Values) Schedule { return EDM() },
		},
		{
			Name: "vp", Example: "vp",
			About: "a = √(1−t), b = √t: the variance stays, that of the noise grows linearly",
			Make:  func(choice.Values) Schedule { return VP() },
		},
		{
			Name: "vp-sde", Aliases: []string{"ddpm"}, Example: "vp-sde:beta0=0.2,beta1=10",
			About: "the variance preserving SDE, whose discrete form is DDPM",
			Paper: "Song et al., Score-Based Generative Modeling through SDEs, arXiv 2011.13456",
			Params: []choice.Param{
				{Name: "beta0", Default: .1, About: "β at t = 0: the rate of noise at the data",
					In: choice.Positive},
				{Name: "beta1", Default: 20., About: "β at t = 1: larger leaves less of the datum",
					In: choice.Positive},
			},
			Make: func(v choice.Values) Schedule { return VPSDE(v.Float("beta0"), v.Float("beta1")) },
		},
		{
			Name: "cosine", Example: "cosine:s=0.01", About: "a falls as a cosine does, b² = 1 − a²",
			Paper: "Nichol and Dhariwal, Improved Denoising Diffusion Probabilistic Models, arXiv 2102.09672",
			Params: []choice.Param{{Name: "s", Default: .008, In: choice.Positive,
				About: "offset in time, which keeps the least noise above 0"}},
			Make: func(v choice.Values) Schedule { return Cosine(v.Float("s")) },
		},
		{
			Name: "trig", Aliases: []string{"gvp"}, Example: "trig",
			About: "a = cos(πt/2), b = sin(πt/2): the unit circle at constant speed",
			Make:  func(choice.Values) Schedule { return Trig() },
		},
	},
}
