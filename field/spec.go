package field

import "errors"

// Spec names a process: what an experiment file says about the mathematics.
// An empty Weight is "one"; the rest must be named.
type Spec struct {
	Schedule Choice `yaml:"schedule"`
	Target   Choice `yaml:"target"`
	Prior    Choice `yaml:"prior"`
	Weight   Choice `yaml:"weight"`
}

// Process builds the process s names. The error joins one *Fault for each
// thing that is wrong, all of them at once:
//
//	target.cut: got 1.2, want a number in [0, 1)
func (s Spec) Process() (*Process, error) {
	if s.Weight.Kind == "" && len(s.Weight.Params) == 0 {
		s.Weight = Choice{Kind: "one"}
	}
	var faults []error
	sched, schedChoice, bad := Schedules.resolve("schedule", s.Schedule, Schedule{})
	faults = append(faults, bad...)
	// The other three are judged on the linear schedule where there is none.
	schedule := Linear()
	if len(bad) == 0 {
		schedule = sched.Build(schedChoice.Params)
	}
	target, targetChoice, badTarget := Targets.resolve("target", s.Target, schedule)
	prior, priorChoice, badPrior := Priors.resolve("prior", s.Prior, schedule)
	weight, weightChoice, badWeight := Weights.resolve("weight", s.Weight, schedule)
	faults = append(append(append(faults, badTarget...), badPrior...), badWeight...)

	var p Prior
	if len(bad) == 0 && len(badPrior) == 0 {
		p = prior.Build(priorChoice.Params)
		faults = append(faults, p.check(schedule)...)
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	p.Weight = weight.Build(schedule, weightChoice.Params)
	proc := NewProcess(schedule, target.Build(schedule, targetChoice.Params), p)
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

// Methods are the processes people know by name, for a Spec to start from.
var Methods = []Method{
	{"eqm", "Equilibrium Matching: truncated gain, linear schedule", Spec{
		Schedule: Choice{Kind: "linear"}, Target: Choice{Kind: "eqm"}, Prior: Choice{Kind: "uniform"},
	}},
	{"fm", "flow matching, noise-blind when the network has no clock", Spec{
		Schedule: Choice{Kind: "linear"}, Target: Choice{Kind: "velocity"}, Prior: Choice{Kind: "uniform"},
	}},
	{"ddpm", "noise prediction on the variance preserving SDE, t from 0.001", Spec{
		Schedule: Choice{Kind: "vp-sde"}, Target: Choice{Kind: "noise"},
		Prior: Choice{"uniform", Values{"min": 1e-3}},
	}},
	{"edm", "denoising with EDM's log-normal noise levels and weight", Spec{
		Schedule: Choice{Kind: "edm"}, Target: Choice{Kind: "data"},
		Prior: Choice{Kind: "log-normal"}, Weight: Choice{Kind: "edm"},
	}},
	{"uedm", "noise-blind EDM: skip connection inside the target, unit output scale", Spec{
		Schedule: Choice{Kind: "edm"}, Target: Choice{Kind: "uedm"}, Prior: Choice{Kind: "log-normal"},
	}},
}

// Method is a named Spec.
type Method struct {
	Name, About string
	Spec        Spec
}

// Named is the Spec of the method called name, with a parameters map of its
// own, so a caller may change it. The error lists the names there are.
func Named(name string) (Spec, error) {
	want := "one of"
	for i, m := range Methods {
		if m.Name == name {
			s := m.Spec
			return Spec{s.Schedule.clone(), s.Target.clone(), s.Prior.clone(), s.Weight.clone()}, nil
		}
		want += [2]string{" ", ", "}[min(i, 1)] + m.Name
	}
	return Spec{}, &Fault{"method", `"` + name + `"`, want}
}
