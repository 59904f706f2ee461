// Command tape is stock Gorgonia's side of scripts/bench-peers: the networks of package model made
// of Gorgonia's own operators, trained with gorgonia.Grad and its AdamW on its tape machine, with
// the BLAS that it has by default. It answers what scripts/peers/ours answers.
//
// Noise, corruption and target are made by the host, as its users do; weights have no average.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func main() {
	batch := flag.Int("batch", 8, "points of a training step")
	flag.Parse()
	log.SetOutput(io.Discard) // its average pooling logs the gradients of every step
	net, ok := networks[flag.Arg(0)]
	if !ok {
		fmt.Fprintf(os.Stderr, "tape: got network %q, want mlp, unet, unet10m or dit\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := serve(net, *batch); err != nil {
		fmt.Fprintln(os.Stderr, "tape:", err)
		os.Exit(1)
	}
}

// machine is a network on a tape machine.
type machine struct {
	u, target *g.Node // target is nil where nothing is trained
	vm        g.VM
	learnt    []g.ValueGrad
	solver    g.Solver
	weights   int
}

func newMachine(net network, batch int, trains bool) (*machine, error) {
	b := &builder{graph: g.NewGraph()}
	shape := append([]int{batch}, net.point...)
	m := &machine{}
	m.u = g.NewTensor(b.graph, tensor.Float32, len(shape), g.WithShape(shape...), g.WithName("u"))
	f := net.build(b, m.u)
	m.weights = b.count
	if !trains {
		m.vm = g.NewTapeMachine(b.graph)
		return m, nil
	}
	m.target = g.NewTensor(b.graph, tensor.Float32, len(shape), g.WithShape(shape...), g.WithName("target"))
	loss := must(g.Mean(must(g.Square(must(g.Sub(f, m.target))))))
	if _, err := g.Grad(loss, b.learnt...); err != nil {
		return nil, err
	}
	m.vm = g.NewTapeMachine(b.graph, g.BindDualValues(b.learnt...))
	m.learnt, m.solver = g.NodesToValueGrads(b.learnt), g.NewAdamW(g.WithLearnRate(1e-3))
	return m, nil
}

// step trains one step, or evaluates the network.
func (m *machine) step() error {
	u := tensor.New(tensor.WithShape(m.u.Shape()...), tensor.Of(tensor.Float32))
	target := tensor.New(tensor.WithShape(m.u.Shape()...), tensor.Of(tensor.Float32))
	xs, rs := u.Data().([]float32), target.Data().([]float32)
	dim := len(xs) / m.u.Shape()[0]
	for i := 0; i < len(xs); i += dim {
		t := rand.Float32()
		gain := 4 * min(1, t/.2)
		for k := i; k < i+dim; k++ {
			x, eps := rand.Float32(), float32(rand.NormFloat64())
			xs[k], rs[k] = (1-t)*x+t*eps, gain*(eps-x)
		}
	}
	if err := g.Let(m.u, u); err != nil {
		return err
	}
	if m.target != nil {
		if err := g.Let(m.target, target); err != nil {
			return err
		}
	}
	if err := m.vm.RunAll(); err != nil {
		return err
	}
	if m.target != nil {
		if err := m.solver.Step(m.learnt); err != nil {
			return err
		}
	}
	m.vm.Reset()
	return nil
}

func serve(net network, batch int) error {
	trained, err := newMachine(net, batch, true)
	if err != nil {
		return err
	}
	samplers := map[int]*machine{}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"weights": trained.weights, "batch": batch}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var rows, steps int
		m := trained
		if lines.Text() == "memory" {
			var u syscall.Rusage
			if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
				return err
			}
			if err := out.Encode(float64(u.Maxrss) / 1e3); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Sscanf(lines.Text(), "sample %d %d", &rows, &steps); err == nil {
			if m = samplers[rows]; m == nil {
				if m, err = newMachine(net, rows, false); err != nil {
					return err
				}
				samplers[rows] = m
			}
		} else if _, err := fmt.Sscanf(lines.Text(), "train %d", &steps); err != nil {
			return fmt.Errorf("got %q, want train N, sample B N or memory", lines.Text())
		}
		var seconds []float64
		for range steps {
			begin := time.Now()
			if err := m.step(); err != nil {
				return err
			}
			seconds = append(seconds, time.Since(begin).Seconds())
		}
		if err := out.Encode(seconds); err != nil {
			return err
		}
	}
	return nil
}
