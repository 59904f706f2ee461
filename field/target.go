package field

import "github.com/stillfield/stillfield/choice"

// Target says what the network is asked for: r = c(t) x + d(t) ε. It is built
// for a schedule and makes sense with that schedule only.
type Target struct {
	Name string
	C, D Expr
	// Gain is κ where (c, d) = κ (ȧ, ḃ), nil for targets that are not a
	// multiple of the velocity. It makes μ = 0 and ν = 1/κ exact.
	Gain *Expr
}

// Noise asks for ε: the target of DDPM (Ho et al., arXiv 2006.11239).
//
//	c = 0,   d = 1
func Noise(Schedule) Target { return Target{Name: "noise", C: Zero, D: One} }

// Data asks for x: the field is a denoiser, as in EDM (Karras et al., arXiv
// 2206.00364) but without its scaling of the network's input and output.
//
//	c = 1,   d = 0
func Data(Schedule) Target { return Target{Name: "data", C: One, D: Zero} }

// Velocity asks for u̇, which on the linear schedule is the ε − x of flow matching
// (Lipman et al., arXiv 2210.02747).
//
//	c = ȧ,   d = ḃ
func Velocity(s Schedule) Target { return scaledVelocity("velocity", s, One) }

// Equilibrium is Equilibrium Matching (arXiv 2510.02300): velocity times a gain
// κ(t) that is 0 at the data, so the data are where the blind field vanishes. On
// the linear schedule, the paper's, it is (ε − x) κ; its c(γ) is κ(1 − γ).
//
//	c = κ ȧ,   d = κ ḃ
func Equilibrium(s Schedule, gain Expr) Target { return scaledVelocity("eqm", s, gain) }

func scaledVelocity(name string, s Schedule, gain Expr) Target {
	return Target{Name: name, C: gain.Mul(s.DA()), D: gain.Mul(s.DB()), Gain: &gain}
}

// LinearGain is κ(t) = gain·t.
func LinearGain(gain float64) Expr { return T.Scale(gain) }

// TruncatedGain is flat at the noise end and falls to 0 over the last 1 − cut
// before the data. cut is in [0, 1); the best in arXiv 2510.02300 is 0.8, gain 4.
//
//	κ(t) = gain·min(1, t/(1−cut))
func TruncatedGain(cut, gain float64) Expr {
	return T.Div(Const(1 - cut)).Min(One).Scale(gain)
}

// PiecewiseGain is start at pure noise, 1 at t = 1 − cut and 0 at the data, all
// times gain, and straight in between (arXiv 2510.02300). cut is in (0, 1).
//
//	κ(t) = gain·(min(1, t/(1−cut)) + ((start−1)/cut)·max(0, t−(1−cut)))
func PiecewiseGain(cut, start, gain float64) Expr {
	late := T.Sub(Const(1 - cut)).Max(Zero).Scale((start - 1) / cut)
	return T.Div(Const(1 - cut)).Min(One).Add(late).Scale(gain)
}

// UEDM is the noise-blind EDM of Sun et al. (arXiv 2502.13129): the network is the
// part of the denoiser that c_skip = σd²/(σd²+σ²) leaves over, with output scale
// 1. Here σ = b/a, and
//
//	c = b²/(b²+σd²a²),   d = −σd² a b/(b²+σd²a²)
func UEDM(s Schedule, sigmaData float64) Target {
	b2 := s.B.Square()
	a2 := s.A.Square().Scale(sigmaData * sigmaData)
	return Target{
		Name: "uedm",
		C:    b2.Div(b2.Add(a2)),
		D:    s.A.Mul(s.B).Scale(sigmaData * sigmaData).Div(b2.Add(a2)).Neg(),
	}
}

// SalimansHo is the v of progressive distillation (Salimans and Ho, arXiv
// 2202.00512). On a variance preserving schedule, a = cos θ and b = sin θ, it is the
// velocity in angle: u̇ = θ̇ v.
//
//	c = −b,   d = a
func SalimansHo(s Schedule) Target {
	return Target{Name: "salimans-ho", C: s.B.Neg(), D: s.A}
}

// What the parameters of gains and preconditioners mean.
const (
	aboutCut  = "1 − t at which κ begins to fall to 0: larger keeps the gain closer to the data"
	aboutGain = "scale of the field: the step η of a sampler is measured against it"
	aboutData = "σd, the deviation of the data's values: 0.5 for pixels in [−1, 1]"
)

const eqmPaper = "Wang and Du, Equilibrium Matching: Generative Modeling with Implicit Energy-Based " +
	"Models, arXiv 2510.02300"

// sigmaData is the parameter σd.
func sigmaData() choice.Param {
	return choice.Param{Name: "sigma_data", Default: .5, About: aboutData, In: choice.Positive}
}

// Targets is the table of targets by name.
var Targets = choice.Table[func(Schedule, choice.Values) Target]{
	What: "target", Key: "kind", Default: "eqm",
	Ambiguous: map[string][]string{"v": {"velocity", "salimans-ho"}},
	Entries: []choice.Entry[func(Schedule, choice.Values) Target]{
		{
			Name: "noise", Aliases: []string{"epsilon", "eps"}, Example: "noise", About: "the noise ε",
			Paper: "Ho et al., Denoising Diffusion Probabilistic Models, arXiv 2006.11239",
			Make:  func(s Schedule, _ choice.Values) Target { return Noise(s) },
		},
		{
			Name: "data", Aliases: []string{"x"}, Example: "data", About: "the datum x: a denoiser",
			Make: func(s Schedule, _ choice.Values) Target { return Data(s) },
		},
		{
			Name: "velocity", Example: "velocity", About: "the velocity u̇, which is ε − x on linear",
			Paper: "Lipman et al., Flow Matching for Generative Modeling, arXiv 2210.02747",
			Make:  func(s Schedule, _ choice.Values) Target { return Velocity(s) },
		},
		{
			Name: "eqm", Aliases: []string{"eqm-truncated"}, Example: "eqm:cut=0.7,gain=2", Paper: eqmPaper,
			About: "the velocity times a gain that is flat and falls to 0 near the data",
			Params: []choice.Param{
				{Name: "cut", Default: .8, About: aboutCut, In: choice.UnitBelowOne},
				{Name: "gain", Default: 4., About: aboutGain, In: choice.Positive},
			},
			Make: func(s Schedule, v choice.Values) Target {
				return Equilibrium(s, TruncatedGain(v.Float("cut"), v.Float("gain")))
			},
		},
		{
			Name: "eqm-linear", Example: "eqm-linear:gain=2", Paper: eqmPaper,
			About:  "the velocity times a gain that falls evenly to 0 at the data",
			Params: []choice.Param{{Name: "gain", Default: 1., About: aboutGain, In: choice.Positive}},
			Make: func(s Schedule, v choice.Values) Target {
				return Equilibrium(s, LinearGain(v.Float("gain")))
			},
		},
		{
			Name: "eqm-piecewise", Example: "eqm-piecewise:cut=0.6,start=1.4", Paper: eqmPaper,
			About: "the velocity times a gain of two straight pieces",
			Params: []choice.Param{
				{Name: "cut", Default: .8, About: aboutCut, In: choice.UnitOpen},
				{Name: "start", Default: 1.,
					About: "the gain at pure noise, as a multiple of that at the cut", In: choice.Positive},
				{Name: "gain", Default: 4., About: aboutGain, In: choice.Positive},
			},
			Make: func(s Schedule, v choice.Values) Target {
				return Equilibrium(s, PiecewiseGain(v.Float("cut"), v.Float("start"), v.Float("gain")))
			},
		},
		{
			Name: "uedm", Example: "uedm:sigma_data=1",
			About: "what EDM's denoiser leaves after its skip connection, at unit scale",
			Paper: "Sun et al., Is Noise Conditioning Necessary for Denoising Generative Models?, arXiv " +
				"2502.13129",
			Params: []choice.Param{sigmaData()},
			Make:   func(s Schedule, v choice.Values) Target { return UEDM(s, v.Float("sigma_data")) },
		},
		{
			Name: "salimans-ho", Example: "salimans-ho",
			About: "a ε − b x, the v of progressive distillation",
			Paper: "Salimans and Ho, Progressive Distillation for Fast Sampling of Diffusion Models, arXiv " +
				"2202.00512",
			Make: func(s Schedule, _ choice.Values) Target { return SalimansHo(s) },
		},
	},
}
