// Command ours is Stillfield's side of scripts/bench-peers: the training step and the sampling
// step of a configuration on the CPU, answering requests, one a line on standard input, as
// scripts/peer-train.py does:
//
//	train N       the seconds of N training steps, each
//	sample B N    the seconds of a sampling step of B points, the mean of N
//	memory        the greatest resident memory so far, in MB
//	peak          FLOP/s of products at best, measured now
//
// Its first line says what is measured. Noise stands in for the data.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

// unsupported is the status of a precision that the device has not.
const unsupported = 77

func main() {
	precision := flag.String("precision", "float32", "of products, convolutions and attention")
	workers := flag.Int("workers", 0, "threads, 0 for one for each core")
	flag.Parse()
	if err := serve(context.Background(), flag.Arg(0), *precision, *workers); err != nil {
		fmt.Fprintln(os.Stderr, "ours:", err)
		if errors.Is(err, errPrecision) {
			os.Exit(unsupported)
		}
		os.Exit(1)
	}
}

var errPrecision = errors.New("a precision that the CPU has not")

// peer is an experiment that is ready to be run.
type peer struct {
	e     *experiment.Experiment
	dev   *cpu.Device
	trial *train.Trial
	x     map[int]*sample.Compiled // by points at a time
}

func serve(ctx context.Context, path, precision string, workers int) error {
	p, err := open(ctx, path, precision, workers)
	if err != nil {
		return err
	}
	f, err := p.e.FLOPs(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	first := map[string]any{"weights": p.e.Params.Len, "device": p.dev.Name(), "batch": p.e.Config.Batch,
		"train_flops": p.trial.Plan.TotalFLOPs(), "sample_flops": f}
	if err := out.Encode(first); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := p.answer(ctx, lines.Text())
		if err != nil {
			return err
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func open(ctx context.Context, path, precision string, workers int) (*peer, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := []string{"device=cpu", "precision=" + precision, fmt.Sprintf("workers=%d", workers)}
	cfg, err := experiment.Parse(path, text, set)
	if err != nil {
		return nil, err
	}
	dev, err := cpu.New(cpu.Options{Workers: workers})
	if err != nil {
		return nil, err
	}
	info, err := cfg.DescribeData()
	if err != nil {
		return nil, err
	}
	e, err := experiment.New(cfg, info.Shape)
	if err != nil {
		return nil, err
	}
	if err := plan.CheckPrecision(dev, e.Precision()); err != nil {
		return nil, fmt.Errorf("%w: %w", errPrecision, err)
	}
	t, err := train.NewTrial(ctx, e, datasets.Noise(info), dev)
	return &peer{e, dev, t, map[int]*sample.Compiled{}}, err
}

func (p *peer) answer(ctx context.Context, line string) (any, error) {
	word, rest, _ := strings.Cut(line, " ")
	var batch, steps int
	switch word {
	case "memory":
		return greatest()
	case "peak":
		c, err := p.dev.Ceilings(ctx, p.e.Precision())
		if err != nil {
			return nil, err
		}
		return c.Products, nil
	case "train":
		if _, err := fmt.Sscan(rest, &steps); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		return p.train(steps)
	case "sample":
		if _, err := fmt.Sscan(rest, &batch, &steps); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		return p.sample(ctx, batch, steps)
	}
	return nil, fmt.Errorf("got %q, want train N, sample B N, memory or peak", line)
}

func (p *peer) train(steps int) ([]float64, error) {
	var seconds []float64
	for range steps {
		begin := time.Now()
		if err := errors.Join(p.trial.Program.Run(), p.trial.Wait()); err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(begin).Seconds())
	}
	return seconds, nil
}

// sample draws so many points by Nesterov's descent, as the command sample does.
func (p *peer) sample(ctx context.Context, batch, steps int) ([]float64, error) {
	s := sample.Defaults()
	s.Sampler, s.Eta, s.Mu = "nag", .003, .35
	s.N, s.Batch, s.Steps, s.Count = batch, batch, steps, sample.Exact
	x := p.x[batch]
	if x == nil {
		weights := make([]float32, p.e.Params.Len)
		p.e.Params.Start(weights, p.e.Config.Seed)
		f, _, err := p.e.Drawn(weights, s)
		if err != nil {
			return nil, err
		}
		x = sample.OnDevice(ctx, p.dev, f, p.e.Point(), p.e.Precision())
		p.x[batch] = x
		if err := sample.Reserve(x, p.e.Process, s); err != nil {
			return nil, err
		}
	}
	r, err := sample.Run(ctx, x, p.e.Process, s, nil)
	if err != nil {
		return nil, err
	}
	return []float64{r.Seconds / float64(steps)}, nil
}

// greatest is the greatest resident memory so far, in MB.
func greatest() (float64, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Maxrss) / 1e3, err
}
