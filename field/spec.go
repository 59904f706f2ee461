package field

import "github.com/stillfield/stillfield/choice"

// Spec names a process: what an experiment file says about the mathematics. What is
// not named is the default of its table.
type Spec struct {
	Schedule, Target, Prior, Weight choice.Choice
}

// Process builds the process s names. An error is choice.Faults, all of them at once:
//
//	target.cut: got 1.2, want a number in [0, 1)
func (s Spec) Process() (*Process, error) {
	sched, schedChoice, faults := Schedules.Resolve("schedule", s.Schedule, nil)
	// The other three are judged on the linear schedule where there is none.
	schedule, known := Linear(), len(faults) == 0
	if known {
		schedule = sched.Make(schedChoice.Params)
	}
	target, targetChoice, badTarget := Targets.Resolve("target", s.Target, nil)
	ends := choice.Values{"min": schedule.Lo, "max": schedule.Hi}
	prior, priorChoice, badPrior := Priors.Resolve("prior", s.Prior, ends)
	weight, weightChoice, badWeight := Weights.Resolve("weight", s.Weight, nil)
	faults = append(append(append(faults, badTarget...), badPrior...), badWeight...)

	var p Prior
	if known && len(badPrior) == 0 {
		p = prior.Make(priorChoice.Params)
		faults = append(faults, p.check(schedule)...)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	p.Weight = weight.Make(schedule, weightChoice.Params)
	proc := NewProcess(schedule, target.Make(schedule, targetChoice.Params), p)
	proc.Spec = Spec{schedChoice, targetChoice, priorChoice, weightChoice}
	return proc, nil
}

// Resolve is s with canonical names and every parameter given: what a run
// keeps beside its weights.
func (s Spec) Resolve() (Spec, error) {
	p, err := s.Process()
	if err != nil {
		return Spec{}, err
	}
	return p.Spec, nil
}

// Processes is the table of processes that people know by name, for a Spec to start
// from.
var Processes = choice.Table[Spec]{
	What: "process", Key: "process", Default: "eqm",
	Entries: []choice.Entry[Spec]{
		{
			Name: "eqm", Example: "eqm", Paper: eqmPaper,
			About: "Equilibrium Matching: truncated gain, linear schedule",
			Make: Spec{
				Schedule: choice.Choice{Kind: "linear"}, Target: choice.Choice{Kind: "eqm"},
				Prior: choice.Choice{Kind: "uniform"}, Weight: choice.Choice{Kind: "one"},
			},
		},
		{
			Name: "fm", Example: "fm", About: "flow matching, noise-blind when the network has no clock",
			Paper: "Lipman et al., Flow Matching for Generative Modeling, arXiv 2210.02747",
			Make: Spec{
				Schedule: choice.Choice{Kind: "linear"}, Target: choice.Choice{Kind: "velocity"},
				Prior: choice.Choice{Kind: "uniform"}, Weight: choice.Choice{Kind: "one"},
			},
		},
		{
			Name: "ddpm", Example: "ddpm",
			About: "noise prediction on the variance preserving SDE, t from 0.001",
			Paper: "Ho et al., Denoising Diffusion Probabilistic Models, arXiv 2006.11239",
			Make: Spec{
				Schedule: choice.Choice{Kind: "vp-sde"}, Target: choice.Choice{Kind: "noise"},
				Prior:  choice.Choice{Kind: "uniform", Params: choice.Values{"min": 1e-3}},
				Weight: choice.Choice{Kind: "one"},
			},
		},
		{
			Name: "edm", Example: "edm", About: "denoising with EDM's log-normal noise levels and weight",
			Paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, " +
				"arXiv 2206.00364",
			Make: Spec{
				Schedule: choice.Choice{Kind: "edm"}, Target: choice.Choice{Kind: "data"},
				Prior: choice.Choice{Kind: "log-normal"}, Weight: choice.Choice{Kind: "edm"},
			},
		},
		{
			Name: "uedm", Example: "uedm",
			About: "noise-blind EDM: skip connection inside the target, unit output scale",
			Paper: "Sun et al., Is Noise Conditioning Necessary for Denoising Generative Models?, arXiv " +
				"2502.13129",
			Make: Spec{
				Schedule: choice.Choice{Kind: "edm"}, Target: choice.Choice{Kind: "uedm"},
				Prior: choice.Choice{Kind: "log-normal"}, Weight: choice.Choice{Kind: "one"},
			},
		},
	},
}

// Named is the Spec of the process of that name, with parameters of its own, so that
// a caller may change it. The error lists the names there are.
func Named(name string) (Spec, error) {
	e, ok := Processes.Find(name)
	if !ok {
		return Spec{}, &choice.Fault{Path: Processes.Key, Got: choice.Show(name), Want: choice.OneOf(name,
			Processes.Names())}
	}
	s := e.Make
	return Spec{s.Schedule.Clone(), s.Target.Clone(), s.Prior.Clone(), s.Weight.Clone()}, nil
}
