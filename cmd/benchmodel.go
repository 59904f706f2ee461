package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/chip"
	"github.com/stillfield/stillfield/cuda/kernels"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
)

// modelled is a training step on a chip, as the model has it.
type modelled struct {
	Config      string        `json:"config"`
	Chip        string        `json:"modelled_chip"`
	Precision   string        `json:"precision"`
	Seconds     float64       `json:"modelled_seconds"`
	Images      float64       `json:"modelled_images_per_second"`
	Launches    int           `json:"launches"`
	Kernels     []modelledRow `json:"kernels"`
	Assumptions string        `json:"assumptions"`

	bounds map[chip.Bound]float64 // seconds of the launches that wait for each
	flops  float64                // of the plan
}

// modelledRow sums up the launches of one kernel.
type modelledRow struct {
	Kernel   string     `json:"kernel"`
	Launches int        `json:"launches"`
	Seconds  float64    `json:"modelled_seconds"`
	Bound    chip.Bound `json:"bound"` // of the launch that takes longest
	Waves    float64    `json:"waves"` // of that one
	Resident int        `json:"blocks_an_sm"`
	Bytes    float64    `json:"bytes"` // in sectors
	Tensor   float64    `json:"tensor_flop"`
	FP32     float64    `json:"fp32_flop"`
	longest  float64
}

// benchModel prints the model of a training step on each of the chips.
func benchModel(ctx context.Context, w io.Writer, cfg *experiment.Config, chips []string,
	figures string) error {
	info, err := cfg.DescribeData()
	if err != nil {
		return err
	}
	e, err := experiment.New(cfg, info.Shape)
	if err != nil {
		return err
	}
	p, err := e.Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s, %v, %d images a step, %v: a model, nothing is measured\n%s\n\nassumed: %s\n",
		cfg.Name, e.Net, cfg.Batch, p.Precision, chip.Source, chip.Assumptions)
	var all []*modelled
	counted, known := map[[2]int][]cuda.Work{}, cuda.Known{} // by compute capability; all of them
	for _, name := range chips {
		c, err := chip.Find(name)
		if err != nil {
			return fmt.Errorf("bench: --chip: %w", err)
		}
		level := [2]int{c.Major, c.Minor}
		if counted[level] == nil {
			if counted[level], err = launched(ctx, p, level, known); err != nil {
				return fmt.Errorf("bench: model of %s: %w", name, err)
			}
		}
		m, err := modelStep(p, counted[level], &c)
		if err != nil {
			return fmt.Errorf("bench: model of %s: %w", name, err)
		}
		m.Config, m.Images = cfg.Name, float64(cfg.Batch)/m.Seconds
		m.print(w)
		all = append(all, m)
	}
	return writeJSON(figures, all)
}

// launched counts the launches of p on a GPU of that compute capability.
func launched(ctx context.Context, p *plan.Plan, level [2]int, known cuda.Known) ([]cuda.Work, error) {
	dev, err := cuda.OpenSurvey(level[0], level[1], runtime.NumCPU())
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	loaded, err := dev.Load(ctx, p)
	if err != nil {
		return nil, err
	}
	defer loaded.Close()
	return loaded.(*cuda.Program).Work(ctx, known)
}

// modelStep adds up the times that the launches of p take on c.
func modelStep(p *plan.Plan, work []cuda.Work, c *chip.Chip) (*modelled, error) {
	m := &modelled{Chip: c.Name, Precision: p.Precision.String(), Launches: len(work),
		Assumptions: chip.Assumptions, bounds: map[chip.Bound]float64{}, flops: p.TotalFLOPs()}
	rows := map[string]*modelledRow{}
	for i := range work {
		n := &work[i]
		k := chip.Kernel{Counts: n.Counts, Precision: p.Precision, Least: n.Least}
		var known bool
		k.Registers, k.StaticShared, known = kernels.Budget(n.Kernel)
		if !known && n.WarpInstructions > 0 {
			return nil, fmt.Errorf("%s is not in budget.txt, want how many registers it takes", n.Kernel)
		}
		t := c.Time(&k)
		m.Seconds += t.Total()
		m.bounds[t.Bound] += t.Total()
		r := rows[n.Kernel]
		if r == nil {
			r = &modelledRow{Kernel: n.Kernel}
			rows[n.Kernel] = r
		}
		r.add(n, &t)
	}
	for _, r := range rows {
		m.Kernels = append(m.Kernels, *r)
	}
	slices.SortFunc(m.Kernels, func(a, b modelledRow) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Kernel, b.Kernel))
	})
	return m, nil
}

// add adds one launch.
func (r *modelledRow) add(n *cuda.Work, t *chip.Time) {
	r.Launches++
	r.Seconds += t.Total()
	r.Bytes += movedBytes(n.Count)
	r.Tensor += float64(n.TensorFLOPs)
	r.FP32 += float64(n.FP32)
	if t.Total() > r.longest {
		r.longest, r.Bound, r.Waves, r.Resident = t.Total(), t.Bound, t.Waves, t.Resident
	}
}

// print shows the step and its kernels, the slowest first.
func (m *modelled) print(w io.Writer) {
	fmt.Fprintf(w, "\nmodel of %s: %.3g ms a step, %.4g images/s, %d launches, "+
		"%.3g TFLOP/s of the plan's FLOP\n", m.Chip, 1e3*m.Seconds, m.Images,
		m.Launches, m.flops/m.Seconds/1e12)
	fmt.Fprintf(w, "waits for")
	for _, b := range []chip.Bound{chip.Memory, chip.L2, chip.Tensor, chip.FMA, chip.Shared, chip.Issue,
		chip.Launch} {
		if s := m.bounds[b]; s > 0 {
			fmt.Fprintf(w, "  %s %.0f%%", b, 100*s/m.Seconds)
		}
	}
	fmt.Fprintf(w, "\n%-28s %8s %10s %6s %8s %8s %7s %9s %9s\n",
		"kernel (model)", "launches", "ms", "share", "bound", "an SM", "waves", "TFLOP/s", "GB/s")
	for _, r := range m.Kernels {
		fmt.Fprintf(w, "%-28s %8d %10.4f %5.1f%% %8s %8d %7.2f %9.2f %9.1f\n", r.Kernel, r.Launches,
			1e3*r.Seconds, 100*r.Seconds/m.Seconds, r.Bound, r.Resident, r.Waves,
			(r.Tensor+r.FP32)/r.Seconds/1e12, r.Bytes/r.Seconds/1e9)
	}
}
