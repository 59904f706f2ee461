package train

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/plan"
)

// ErrStopped is a run that its context ended; its checkpoint is written.
var ErrStopped = errors.New("stopped")

// Hooks are told what a run does. Each may be nil.
type Hooks struct {
	Begin      func(step int) // before the first step: steps already taken
	Line       func(Line)     // every log.every steps
	Checkpoint func(path string)
	Skipped    func(err error) // a checkpoint that could not be read, and was passed over
	// Picture draws samples with the given average weights and returns the
	// picture; it is called every log.pictures steps.
	Picture func(step int, e *Experiment, average []float32) (image.Image, error)
}

// Result is how a run ended.
type Result struct {
	Checkpoint string // path of the last one
	Steps      int    // taken, in all
	Taken      int    // by this call
	Seconds    float64
	Images     int // trained on by this call
	Loss       float64
	Experiment *Experiment
	Average    []float32 // flat weights, averaged
}

// Run trains in directory dir until c.Steps steps have been taken, going on
// from the directory's newest whole checkpoint. When ctx ends it takes a
// checkpoint and returns an error that wraps ErrStopped.
func Run(ctx context.Context, dir string, c *Config, src datasets.Source, dev plan.Device, h Hooks) (*Result, error) {
	e, err := NewExperiment(c, src.Info().Shape)
	if err != nil {
		return nil, err
	}
	leave, err := enter(dir, c)
	if err != nil {
		return nil, err
	}
	defer leave()
	r := &run{dir: dir, c: c, src: src, e: e, hooks: h}
	if err := r.restore(); err != nil {
		return nil, err
	}
	if r.step >= c.Steps {
		return r.result(0), nil
	}
	if err := r.load(dev); err != nil {
		return nil, err
	}
	defer r.prog.Close()
	if r.record, err = openRecord(dir, r.step); err != nil {
		return nil, err
	}
	res, err := r.loop(ctx)
	return res, errors.Join(err, r.record.close())
}

// run is a run in progress.
type run struct {
	dir   string
	c     *Config
	src   datasets.Source
	e     *Experiment
	hooks Hooks

	w      *Weights
	step   int // steps taken
	saved  int // step of the newest checkpoint, −1 for none
	prog   plan.Program
	record *record

	log  []float32 // the device's record
	last Line
	path string // of the newest checkpoint

	begin, mark    time.Time // of the loop, and of the last line
	first, counted int       // steps at those times
}

// restore takes up the newest checkpoint, or starts.
func (r *run) restore() error {
	r.saved = -1
	ck, skipped, err := Newest(r.dir)
	for _, s := range skipped {
		if r.hooks.Skipped != nil {
			r.hooks.Skipped(s)
		}
	}
	switch {
	case errors.Is(err, ErrNoCheckpoint):
		r.w = NewWeights(r.e.Params, r.c.Seed)
		return nil
	case err != nil:
		return err
	case ck.Data != r.src.Info().Fingerprint:
		return fmt.Errorf("train: %s was trained on other data: %s there, %s here", ck.Path, ck.Data, r.src.Info().Fingerprint)
	}
	if ds := differences(ck.Config, r.c); len(ds) > 0 {
		return fmt.Errorf("train: %s is of another configuration: %v", ck.Path, ds)
	}
	r.w, r.step, r.saved, r.path = ck.Weights, ck.Step, ck.Step, ck.Path
	return nil
}

// load takes the step's plan and the weights to the device.
func (r *run) load(dev plan.Device) error {
	p, err := r.e.Plan()
	if err != nil {
		return err
	}
	if r.prog, err = dev.Load(p); err != nil {
		return err
	}
	r.log = make([]float32, 1+2*r.c.Log.Every)
	for _, part := range r.w.parts() {
		if err := r.prog.Write(part.state, part.data); err != nil {
			return err
		}
	}
	return r.prog.Write(stRecord, r.log)
}

// fetch copies the weights from the device.
func (r *run) fetch() error {
	for _, part := range r.w.parts() {
		if err := r.prog.Read(part.state, part.data); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) loop(ctx context.Context) (*Result, error) {
	loader, err := datasets.NewLoader(context.WithoutCancel(ctx), r.src, datasets.Options{
		Batch: r.c.Batch, Seed: r.c.Seed, Start: uint64(r.step) * uint64(r.c.Batch), Flip: r.c.Data.Flip})
	if err != nil {
		return nil, err
	}
	defer loader.Close()
	if r.hooks.Begin != nil {
		r.hooks.Begin(r.step)
	}
	r.begin, r.mark, r.first, r.counted = time.Now(), time.Now(), r.step, r.step
	for r.step < r.c.Steps && ctx.Err() == nil {
		batch, err := loader.Next()
		if err != nil {
			return nil, err
		}
		if err := r.take(batch); err != nil {
			return nil, err
		}
		if err := r.after(); err != nil {
			return nil, err
		}
	}
	if r.saved < r.step {
		if err := r.save(); err != nil {
			return nil, err
		}
	}
	res := r.result(time.Since(r.begin).Seconds())
	if r.step < r.c.Steps {
		return res, fmt.Errorf("train: %w at step %d of %d; %s", ErrStopped, r.step, r.c.Steps, r.path)
	}
	return res, nil
}

func (r *run) result(seconds float64) *Result {
	taken := r.step - r.first
	if seconds == 0 {
		taken = 0
	}
	return &Result{Checkpoint: r.path, Steps: r.step, Taken: taken, Seconds: seconds, Images: taken * r.c.Batch,
		Loss: r.last.Loss, Experiment: r.e, Average: r.w.Average}
}

// take hands the device a batch and the numbers of the step, and starts it.
func (r *run) take(batch *datasets.Batch) error {
	if err := r.inputs(batch.X, batch.First, r.step); err != nil {
		return err
	}
	if err := r.prog.Run(); err != nil {
		return err
	}
	r.step++
	return nil
}

// inputs writes what step s needs.
func (r *run) inputs(x []float32, first uint64, s int) error {
	o := r.c.Optimizer
	t := float64(s + 1)
	hyper := [plan.HyperLen]float32{
		plan.HyperLR:  float32(o.rate(s, r.c.Steps)),
		plan.HyperC1:  float32(-1 / math.Expm1(t*math.Log(o.Beta1))),
		plan.HyperC2:  float32(-1 / math.Expm1(t*math.Log(o.Beta2))),
		plan.HyperEMA: float32(r.c.Average.forget(s, r.c.Batch)),
	}
	clock := [2]float32{float32(first & (1<<24 - 1)), float32(first >> 24)}
	slot := [1]float32{float32(s % r.c.Log.Every)}
	for _, in := range [...]struct {
		name string
		data []float32
	}{{inX, x}, {inClock, clock[:]}, {inHyper, hyper[:]}, {inSlot, slot[:]}} {
		if err := r.prog.Write(in.name, in.data); err != nil {
			return err
		}
	}
	return nil
}

// after reads the record, and logs, saves and draws when it is time.
func (r *run) after() error {
	due := func(every int) bool { return every > 0 && r.step%every == 0 }
	end := r.step == r.c.Steps
	if !due(r.c.Log.Every) && !due(r.c.Log.Checkpoint) && !due(r.c.Log.Pictures) && !end {
		return nil
	}
	if err := r.report(due(r.c.Log.Every) || end); err != nil {
		return err
	}
	if due(r.c.Log.Checkpoint) {
		if err := r.save(); err != nil {
			return err
		}
	}
	if due(r.c.Log.Pictures) && !end {
		if err := r.fetch(); err != nil {
			return err
		}
		return r.draw()
	}
	return nil
}

// report reads the device's record; a loss or a gradient that is not finite
// ends the run, which names where it came from.
func (r *run) report(line bool) error {
	if err := r.prog.Read(stRecord, r.log); err != nil {
		return err
	}
	if failed := int(r.log[0]); failed > 0 {
		return r.broken(r.step - failed)
	}
	if !line {
		return nil
	}
	slot, now := (r.step-1)%r.c.Log.Every, time.Now()
	l := Line{
		Step: r.step, Loss: float64(r.log[1+2*slot]), GradNorm: float64(r.log[2+2*slot]),
		LR:   r.c.Optimizer.rate(r.step-1, r.c.Steps),
		Rate: float64((r.step-r.counted)*r.c.Batch) / now.Sub(r.mark).Seconds(), Seconds: now.Sub(r.begin).Seconds(),
	}
	r.mark, r.counted, r.last = now, r.step, l
	if r.hooks.Line != nil {
		r.hooks.Line(l)
	}
	return r.record.line(l)
}

// broken runs step s again, one operator at a time, to find the first value
// that is not finite. The weights are as they were before it.
func (r *run) broken(s int) error {
	kept := "no checkpoint was written yet"
	if r.path != "" {
		kept = "the last good checkpoint is " + r.path
	}
	slot := s % r.c.Log.Every
	what := fmt.Sprintf("loss %v, gradient norm %v", r.log[1+2*slot], r.log[2+2*slot])
	bad, err := r.find(s)
	switch {
	case err != nil:
		return fmt.Errorf("train: step %d: %s; looking for the cause: %w; %s", s+1, what, err, kept)
	case bad != nil:
		return fmt.Errorf("train: step %d: %s: %w; %s", s+1, what, bad, kept)
	}
	return fmt.Errorf("train: step %d: %s; %s", s+1, what, kept)
}

func (r *run) find(s int) (*plan.NonFinite, error) {
	first := uint64(s) * uint64(r.c.Batch)
	loader, err := datasets.NewLoader(context.Background(), r.src, datasets.Options{
		Batch: r.c.Batch, Seed: r.c.Seed, Start: first, Flip: r.c.Data.Flip})
	if err != nil {
		return nil, err
	}
	defer loader.Close()
	b, err := loader.Next()
	if err != nil {
		return nil, err
	}
	if err := r.inputs(b.X, first, s); err != nil {
		return nil, err
	}
	return r.prog.Check()
}

// save writes a checkpoint and removes those that are no longer kept.
func (r *run) save() error {
	if err := r.report(false); err != nil { // never keep what has gone wrong
		return err
	}
	if err := r.fetch(); err != nil {
		return err
	}
	ck := &Checkpoint{Experiment: r.e, Path: CheckpointPath(r.dir, r.step), Step: r.step, Data: r.src.Info().Fingerprint, Weights: r.w}
	if err := ck.Save(); err != nil {
		return err
	}
	r.path, r.saved = ck.Path, r.step
	if r.hooks.Checkpoint != nil {
		r.hooks.Checkpoint(ck.Path)
	}
	return prune(r.dir, r.c.Log.Keep)
}

func (r *run) draw() error {
	if r.hooks.Picture == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(r.dir, SampleDir), 0o755); err != nil {
		return fmt.Errorf("train: samples: %w", err)
	}
	img, err := r.hooks.Picture(r.step, r.e, r.w.Average)
	if err != nil || img == nil {
		return err
	}
	return r.record.picture(r.step, img)
}
