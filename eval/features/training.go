package features

import (
	"context"
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
)

// every is how many steps lie between two lines of a training.
const every = 50

// Line is what is said of a training, every so many steps.
type Line struct {
	Step, Steps int
	Loss        float64 // mean cross-entropy of the steps since the line before, in nats
}

// Train trains a classifier on dev and measures it on the test set. say hears how far it has
// come. It cannot be resumed: it takes minutes, and the same recipe gives the same bits.
func (r *Recipe) Train(ctx context.Context, dev plan.Device, say func(Line)) (*Trained, error) {
	src, err := datasets.Open(r.data)
	if err != nil {
		return nil, dataError(err)
	}
	test, err := datasets.Open(r.heldOut)
	if err != nil {
		return nil, dataError(err)
	}
	info := src.Info()
	if !info.Image || info.Classes < 2 {
		return nil, &choice.Fault{Path: "data", Got: fmt.Sprintf("%s of %d classes", info.Name, info.Classes),
			Want: "images of at least 2"}
	}
	t := &Trained{Recipe: r, Data: info.Name, Fingerprint: info.Fingerprint, Shape: info.Shape,
		Classes: info.Classes}
	if err := t.declare(); err != nil {
		return nil, err
	}
	if err := t.fit(ctx, dev, src, say); err != nil {
		return nil, err
	}
	if t.Accuracy, t.Tested, err = t.accuracy(ctx, dev, test, 0); err != nil {
		return nil, err
	}
	return t, nil
}

// dataError says that an error is of the data.
func dataError(err error) error {
	if faults, ok := choice.FaultsOf(err); ok {
		return faults.Under("data")
	}
	return fmt.Errorf("features: classifier: data: %w", err)
}

// Names of the inputs of the training step.
const (
	inputX      = "x"      // [batch, h, w, c]
	inputLabels = "labels" // [batch]
	inputHyper  = "hyper"  // [plan.HyperLen]
	inputSlot   = "slot"   // [1]
)

// step is the plan of one step:
//
//	L = mean of CrossEntropy(logits(x), labels),   θ, m, v ← AdamW(clip(∇L))
func (t *Trained) step(ctx context.Context) (*plan.Plan, error) {
	b, n, size := graph.New(), t.Recipe.Batch, t.params.Len
	x, labels := b.Input(inputX, append([]int{n}, t.Shape.Point()...)...), b.Input(inputLabels, n)
	hyper, slot := b.Input(inputHyper, plan.HyperLen), b.Input(inputSlot, 1)
	theta := b.State(experiment.StateWeights, size)
	p := t.params.Bind(b, theta)
	_, logits := t.net().Build(b, p, x)
	b.Scope("loss")
	loss := b.Scale(1/float64(n), b.Sum(b.CrossEntropy(logits, labels), 1, 1, 1))
	grad := p.Gradient(b, loss)
	b.Scope("clip")
	record := b.State(experiment.StateRecord, plan.ClipLen(every))
	scale := b.Apply(plan.Op{Kind: plan.Clip, Max: t.Recipe.optimizer().Clip}, record, loss,
		b.Dot(grad, grad, 1, 1), slot)
	b.Scope("update")
	u, err := t.Recipe.optimizer().Update()
	if err != nil {
		return nil, err
	}
	update := u.Build(b, experiment.Moving{Weights: theta, M: b.State(experiment.StateM, size),
		V: b.State(experiment.StateV, size), Averages: []graph.Node{b.State(experiment.StateAverage, size)},
		Grad: grad, Scale: scale, Hyper: hyper, DecayLen: t.params.DecayLen})
	return b.Compile(ctx, plan.Float32, graph.Root{Node: update})
}

// fit trains the weights.
func (t *Trained) fit(ctx context.Context, dev plan.Device, src datasets.Source, say func(Line)) error {
	p, err := t.step(ctx)
	if err != nil {
		return err
	}
	g, err := dev.Load(ctx, p)
	if err != nil {
		return err
	}
	defer g.Close()
	if err := g.Write(experiment.StateWeights, t.Weights); err != nil {
		return err
	}
	r := t.Recipe
	data, err := datasets.NewLoader(ctx, src, datasets.Options{Batch: r.Batch, Seed: r.Seed,
		Flip: r.data.Params.Bool("flip")})
	if err != nil {
		return err
	}
	defer data.Close()
	u, err := r.optimizer().Update()
	if err != nil {
		return err
	}
	labels, hyper := make([]float32, r.Batch), make([]float32, plan.HyperLen)
	hyper[plan.HyperEMA] = 1 // the average, which is not used, is the weights
	for s := range r.Steps {
		batch, err := data.Next()
		if err != nil {
			return err
		}
		for i, label := range batch.Labels {
			labels[i] = float32(label)
		}
		c1, c2 := u.Factors(s + 1)
		hyper[plan.HyperLR] = float32(r.optimizer().Rate(s, r.Steps))
		hyper[plan.HyperC1], hyper[plan.HyperC2] = float32(c1), float32(c2)
		if err := runStep(g, batch.X, labels, hyper, s%every); err != nil {
			return err
		}
		if done := s + 1; done%every == 0 || done == r.Steps {
			loss, err := losses(g, s%every+1)
			if err != nil {
				return fmt.Errorf("features: classifier: step %d: %w", done, err)
			}
			say(Line{done, r.Steps, loss})
		}
	}
	return g.Read(experiment.StateWeights, t.Weights)
}

// runStep writes the inputs of a step and starts it.
func runStep(g plan.Program, x, labels, hyper []float32, slot int) error {
	for _, in := range []struct {
		name string
		x    []float32
	}{{inputX, x}, {inputLabels, labels}, {inputHyper, hyper}, {inputSlot, []float32{float32(slot)}}} {
		if err := g.Write(in.name, in.x); err != nil {
			return err
		}
	}
	return g.Run()
}

// losses is the mean loss of the first n slots of the record.
func losses(g plan.Program, n int) (mean float64, err error) {
	record := make([]float32, plan.ClipLen(every))
	if err := g.Read(experiment.StateRecord, record); err != nil {
		return 0, err
	}
	if record[plan.ClipFailed] != 0 {
		return 0, fmt.Errorf("the loss or its gradient is not finite: a smaller lr may do")
	}
	for k := range n {
		mean += float64(record[plan.ClipLoss(k)]) / float64(n)
	}
	return mean, nil
}

// accuracy is the share of the first n images of src, all for n = 0, that the classifier
// finds the class of.
func (t *Trained) accuracy(ctx context.Context, dev plan.Device, src datasets.Source, n int) (
	share float64, tested int, err error) {
	info := src.Info()
	if n == 0 {
		n = info.Count
	}
	c := t.on(dev, info.Name)
	defer c.Close()
	size, right := info.Shape.Len(), 0
	x, f := make([]float32, most*size), make([]float32, most*c.dim)
	for first := 0; first < n; first += most {
		k := min(most, n-first)
		labels := make([]int32, k)
		for i := range k {
			if labels[i], err = src.Read(x[i*size:(i+1)*size], first+i); err != nil {
				return 0, 0, dataError(err)
			}
		}
		if err := c.Extract(ctx, f[:k*c.dim], x[:k*size]); err != nil {
			return 0, 0, err
		}
		for i, label := range c.Labels(f[:k*c.dim]) {
			if label == labels[i] {
				right++
			}
		}
	}
	return float64(right) / float64(n), n, nil
}
