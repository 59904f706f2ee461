package experiment

import (
	"context"
	"fmt"
	"strings"
)

// What two machines do, in FLOP a second, for a first idea of how long a training takes.
const (
	TwoCores = 170e9       // two Zen 4 cores in float32, by the times of the experiments (README.md)
	H200     = .5 * 989e12 // one NVIDIA H200 at half of its dense bf16 peak, 989 TFLOP/s
)

// Cost is what an experiment costs to train.
type Cost struct {
	Weights    int
	Evaluation float64 // FLOP of one evaluation of the field for one sample
	Training   float64 // FLOP of all steps
}

// Cost counts. A step costs three evaluations of each sample, which is what a sweep back
// through matrix products costs: twice the way there.
func (e *Experiment) Cost(ctx context.Context) (Cost, error) {
	flops, err := e.FLOPs(ctx)
	images := float64(e.Config.Batch) * float64(e.Config.Steps)
	return Cost{Weights: e.Params.Len, Evaluation: flops, Training: 3 * flops * images}, err
}

// String is the cost in one line, with the times that it takes by [TwoCores] and [H200].
func (c Cost) String() string {
	return fmt.Sprintf("%s weights, %s an evaluation; training %s: %s on two cores, %s on one H200",
		scaled(float64(c.Weights), "", "k", "M", "G"), flop(c.Evaluation), flop(c.Training),
		lasting(c.Training/TwoCores), lasting(c.Training/H200))
}

// Drawing is in one line what it costs to draw n samples in so many steps of one evaluation each.
func (c Cost) Drawing(n, steps int) string {
	flops := c.Evaluation * float64(n) * float64(steps)
	return fmt.Sprintf("a picture of %d samples in %d steps %s: %s on two cores", n, steps, flop(flops),
		lasting(flops/TwoCores))
}

// scaled is x with three digits and the unit, each a thousand times the last, that leaves
// it below a thousand.
func scaled(x float64, units ...string) string {
	i := 0
	for i+1 < len(units) && x >= 999.5 {
		x, i = x/1000, i+1
	}
	return strings.TrimSpace(fmt.Sprintf("%.3g %s", x, units[i]))
}

func flop(x float64) string {
	return scaled(x, "FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP", "ZFLOP")
}

// lasting is a time in seconds, with two digits, in the unit that suits it.
func lasting(s float64) string {
	switch {
	case s < 1:
		return "under 1 s"
	case s < 90:
		return fmt.Sprintf("%.2g s", s)
	case s < 90*60:
		return fmt.Sprintf("%.2g min", s/60)
	case s < 72*3600:
		return fmt.Sprintf("%.2g h", s/3600)
	}
	return fmt.Sprintf("%.0f days", s/86400)
}
