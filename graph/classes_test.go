package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/cpu"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// crossEntropy is the mean of −ln softmax(x)[label] over rows of c logits, by its definition.
func crossEntropy(x []float64, labels []float32, c int) float64 {
	var total float64
	for i, label := range labels {
		row := x[i*c : (i+1)*c]
		most, sum := math.Inf(-1), 0.
		for _, v := range row {
			most = max(most, v)
		}
		for _, v := range row {
			sum += math.Exp(v - most)
		}
		total += most + math.Log(sum) - row[int(label)]
	}
	return total / float64(len(labels))
}

// devices are the CPU and the emulated GPU.
func devices(t *testing.T) []plan.Device {
	t.Helper()
	host, err := cpu.New(cpu.Options{Workers: 1, Poison: true})
	if err != nil {
		t.Fatal(err)
	}
	gpu, err := cuda.New(emu.New(emu.Options{Major: 8}), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close(); gpu.Close() })
	return []plan.Device{host, gpu}
}

// Cross-entropy and its gradient are those of the definition, on every device, of few classes
// and many, where a class is nearly certain, where two are tied, and where the probability of
// the label is 0 in float32. The gradient is held to central differences, of error O(h²).
func TestCrossEntropy(t *testing.T) {
	for _, dev := range devices(t) {
		for _, c := range []int{1, 2, 3, 10, 33} {
			t.Run(fmt.Sprintf("%s/classes=%d", dev.Name(), c), func(t *testing.T) {
				const n = 4
				x, labels := make([]float32, n*c), []float32{0, float32(c - 1), float32(c / 2), 0}
				for i := range x {
					x[i] = float32(3 * math.Sin(float64(5*i+c)))
				}
				x[3*c+c-1] += 300 // label 0 of the last row has probability e⁻³⁰⁰
				if c > 2 {
					x[c], x[c+1] = x[c+2], x[c+2]
				}
				loss, grad := lossOf(t, dev, x, labels, c)
				y := make([]float64, len(x))
				for i, v := range x {
					y[i] = float64(v)
				}
				if want := crossEntropy(y, labels, c); math.Abs(loss-want) > 1e-5*(1+want) {
					t.Errorf("got a loss of %v, want %v", loss, want)
				}
				const h = 1e-4
				for i := range y {
					was := y[i]
					y[i] = was + h
					up := crossEntropy(y, labels, c)
					y[i] = was - h
					want := (up - crossEntropy(y, labels, c)) / (2 * h)
					if y[i] = was; math.Abs(float64(grad[i])-want) > 1e-5 {
						t.Errorf("gradient %d: got %v, want %v", i, grad[i], want)
					}
				}
			})
		}
	}
}

// lossOf is the mean cross-entropy and its gradient on a device.
func lossOf(t *testing.T, dev plan.Device, x, labels []float32, c int) (loss float64, grad []float32) {
	t.Helper()
	b, n := graph.New(), len(labels)
	logits := b.Input("x", n, c)
	each := b.CrossEntropy(logits, b.Input("labels", n))
	mean := b.Scale(1/float64(n), b.Sum(each, 1, 1, 1))
	p, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "loss", Node: mean},
		graph.Root{Name: "grad", Node: b.Gradients(mean, logits)[0]})
	if err != nil {
		t.Fatal(err)
	}
	g, err := dev.Load(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	one, grad := make([]float32, 1), make([]float32, len(x))
	for _, err := range []error{g.Write("x", x), g.Write("labels", labels), g.Run(), g.Read("loss", one),
		g.Read("grad", grad)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return float64(one[0]), grad
}
