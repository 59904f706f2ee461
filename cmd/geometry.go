package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/geometry"
)

func newGeometry() *cobra.Command {
	c := &cobra.Command{
		Use:   "geometry",
		Short: "Exact blind fields: energy, metric, stability, and the paper's figures",
		Long: `Geometry computes what theory says of noise-blind fields, from data whose field is
known in closed form: no network and no training. Point answers for single points,
field measures the trained network of a run beside the exact field of its data, every
other command makes a figure, most of them those of "The geometry of noise" (arXiv
2602.18428), and paper makes them all into one page.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPoint(), newPaper(), newTrained())
	for _, f := range geometry.Figures() {
		if f.Name == "rings" {
			c.AddCommand(newRings(f))
			continue
		}
		c.AddCommand(newFigure(f, nil))
	}
	return c
}

// pointFlags are the flags of geometry point.
type pointFlags struct {
	data, at                        string
	schedule, target, prior, weight string
	hessian, jacobian, law          bool
}

func newPoint() *cobra.Command {
	var o pointFlags
	c := &cobra.Command{
		Use:   "point --data DATA --at FILE",
		Short: "Everything that is known of points: energy, field, decomposition, posterior of t",
		Long: `Point prints one JSON object a line for each point, all in float64: the marginal
energy and its gradient, the blind field f*, its natural, transport and drift parts
with λ̄ and c̄, mean and variance of t given the point, the estimated error of the
quadrature and how far the posterior leans against the ends of the prior.

The points are [[…], …] and the data a .json file with one of

  {"atoms": [[…], …], "weights": […]}
  {"gaussians": [{"mean": […], "cov": [[…], …], "weight": w}, …]}
  {"rings": {"radii": […], "weights": […], "jitter": s, "dim": D}}

or a data set by name, like fashion-mnist: every sample of it or, with --law, the law that rings or gaussians
were drawn from.

Schedules, targets, priors and weights have the names and parameters of a configuration.`,
		Example: `  stillfield geometry point --data atoms.json --at points.json --target eqm-linear \
    --prior uniform:min=0.02,max=0.98
  stillfield geometry point --data atoms.json --at points.json --schedule vp --target eqm:cut=0.8,gain=4`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runPoint(c.Context(), c.OutOrStdout(), &o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.data, "data", "", "a .json file of the data, or a data set like rings:dim=8")
	f.BoolVar(&o.law, "law", false, "of the law that the data set was drawn from: rings or gaussians")
	f.StringVar(&o.at, "at", "", "file of the points, JSON")
	f.StringVar(&o.schedule, "schedule", field.Schedules.Default, "how data and noise are mixed, with its "+
		"parameters")
	f.StringVar(&o.target, "target", field.Targets.Default, "what the field is, with its parameters")
	f.StringVar(&o.prior, "prior", field.Priors.Default, "which noise times there are, with its parameters")
	f.BoolVar(&o.hessian, "hessian", false, "also the Hessian of the energy")
	f.BoolVar(&o.jacobian, "jacobian", false, "also the Jacobian of the field")
	f.StringVar(&o.weight, "weight", field.Weights.Default, "how much each noise time counts")
	return c
}

// process is the process that the flags name; its error has all faults.
func (o *pointFlags) process() (*field.Process, error) {
	var spec field.Spec
	var faults choice.Faults
	for _, part := range []struct {
		name, text string
		to         *choice.Choice
	}{{"schedule", o.schedule, &spec.Schedule}, {"target", o.target, &spec.Target},
		{"prior", o.prior, &spec.Prior}, {"weight", o.weight, &spec.Weight}} {
		var err error
		if *part.to, err = choice.Parse(part.text); err != nil {
			f := &choice.Fault{}
			if !errors.As(err, &f) {
				return nil, err
			}
			faults.Add(part.name, choice.Other(f.Got), f.Want)
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return spec.Process()
}

func runPoint(ctx context.Context, w io.Writer, o *pointFlags) error {
	for _, f := range []struct{ name, is string }{{"data", o.data}, {"at", o.at}} {
		if f.is == "" {
			return fmt.Errorf("--%s: got nothing, want a file", f.name)
		}
	}
	p, err := o.process()
	if err != nil {
		return err
	}
	k, err := readKnown(o.data, o.law)
	if err != nil {
		return err
	}
	points, err := geometry.ReadPoints(o.at, k.law.Dim())
	if err != nil {
		return err
	}
	a, err := k.field(p)
	if err != nil {
		return err
	}
	if v := p.Finiteness().Decomposition; !v.Finite {
		logrus.Warn(v.Why)
	}
	st := newProgress()
	d := geometry.Derivatives{Hessian: o.hessian, Jacobian: o.jacobian}
	all, err := geometry.Measure(ctx, a, points, d, shown(st, "points"))
	st.done()
	if err != nil {
		return err
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, q := range all {
		if err := out.Encode(q); err != nil {
			return fmt.Errorf("geometry: point: %w", err)
		}
	}
	return nil
}
