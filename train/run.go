package train

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/memory"
	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
)

// ErrStopped is a run that its context ended; its checkpoint is written.
var ErrStopped = errors.New("stopped")

// Result is how a run ended.
type Result struct {
	Checkpoint string // path of the last one
	Steps      int    // taken, in all
	Taken      int    // by this call
	Images     int    // trained on by this call
	Bad        int    // records that could not be decoded and were passed over, by this call and before
	Seconds    float64
	Loss       float64 // of the last line; 0 if this call wrote none
	Experiment *experiment.Experiment
	Average    []float32 // flat weights, averaged
}

// Run trains in directory dir until c.Steps steps have been taken, going on
// from the directory's newest whole checkpoint. A run that has taken them
// already is left as it is. When ctx ends, Run takes a checkpoint and returns an
// error that wraps ErrStopped.
func Run(ctx context.Context, dir string, c *experiment.Config, src datasets.Source, dev plan.Device,
	h Hooks) (*Result, error) {
	return Together(ctx, comm.Solo(), dir, c, src, dev, h)
}

// saves reports whether a checkpoint is still due at step s.
func (r *trainer) saves(s int) bool {
	return s > r.step && s <= r.c.Steps && (due(s, r.c.Log.Checkpoint) || s == r.c.Steps)
}

// trouble passes an error that does not end the run to the hook, if there is one.
func (r *trainer) trouble(err error) {
	if err != nil && r.hooks.Trouble != nil {
		r.hooks.Trouble(err)
	}
}

// trainer is a run in progress.
type trainer struct {
	group *comm.Group
	asked context.Context // ends when this process is asked to stop
	onCPU bool            // whether the device is one
	order string          // in which the device adds products, where it says so
	stop  bool            // the processes have agreed to stop
	heard bool            // whether the answer of the present step is on its way

	dir   string
	c     *experiment.Config
	src   datasets.Source
	e     *experiment.Experiment
	hooks Hooks

	w      *experiment.Weights
	before int // steps taken by processes before
	step   int // steps taken
	sent   int // step whose record is on its way to the host, 0 for none
	traced int // step to trace, 0 for none
	saved  int // step of the newest checkpoint, −1 for none
	prog   plan.Program
	record *run.Record
	bench  *meter.Bench // of the average; nil where nothing is measured
	best   *run.Scored  // of the best checkpoint; nil where none is kept
	keeper *run.Keeper
	lock   *run.Lock

	controls experiment.Controls // of the step
	log      []float32
	last     run.Line
	path     string // of the newest checkpoint

	begin, mark time.Time // of the loop, and of the last line
	counted     int       // steps at the last line
	data        *datasets.Loader
	waited      time.Duration // for data, until the last line
	seconds     float64       // that the loop took
}

// restore takes up the newest checkpoint, if there is one.
func (r *trainer) restore() error {
	ck, skipped, err := run.Newest(r.dir, run.Load)
	if r.hooks.Skipped != nil {
		for _, s := range skipped {
			r.hooks.Skipped(s)
		}
	}
	data := r.src.Info().Fingerprint
	switch {
	case errors.Is(err, run.ErrNoCheckpoint):
		return nil
	case err != nil:
		return err
	case ck.Data != data && ck.Data != "": // what was imported without its data says nothing of them
		return fmt.Errorf("train: %s was trained on other data: its fingerprint is %s, want %s",
			ck.Path, ck.Data, data)
	}
	if ds := experiment.Differences(ck.Config, r.c); len(ds) > 0 {
		return fmt.Errorf("train: %s is of another configuration: %s", ck.Path, strings.Join(ds, "; "))
	}
	if was := ck.Config.Precision; was != r.c.Precision && r.hooks.Precision != nil {
		r.hooks.Precision(was)
	} else if was == r.c.Precision && ck.Order != "" && r.order != "" && ck.Order != r.order &&
		r.hooks.Order != nil {
		r.hooks.Order(ck.Order, r.order)
	}
	r.leap(ck)
	r.w, r.before, r.step, r.saved, r.path = ck.Weights, ck.Step, ck.Step, ck.Step, ck.Path
	return nil
}

// leap tells of a rate that grows because the schedule is over other steps now than
// when the checkpoint was written: a cosine that had come to its end is on its way
// again.
func (r *trainer) leap(ck *run.Checkpoint) {
	const much = 1.5 // a ratio of rates: two steps of one schedule differ by less
	o, s := r.c.Optimizer, ck.Step
	if s == 0 || s < o.Warmup || s >= r.c.Steps || ck.Config.Steps == r.c.Steps || r.hooks.Rate == nil {
		return
	}
	if was, is := o.Rate(s-1, ck.Config.Steps), o.Rate(s, r.c.Steps); is > much*was {
		r.hooks.Rate(was, is)
	}
}

// load takes the step's plan and the weights to the device, unless ctx ends first.
func (r *trainer) load(ctx context.Context, dev plan.Device) error {
	if err := r.settleParts(ctx, dev); err != nil {
		return err
	}
	p, err := r.e.Plan(ctx)
	if err != nil {
		return err
	}
	if r.prog, err = dev.Load(ctx, p); err != nil {
		return err
	}
	if r.hooks.Trace != nil {
		if _, ok := r.prog.(plan.Tracer); !ok {
			r.prog.Close()
			return fmt.Errorf("train: trace: %s cannot trace its programs", dev.Name())
		}
		r.traced = min(r.step+traceAt, r.c.Steps)
	}
	if err := r.start(); err != nil {
		r.prog.Close()
		return err
	}
	r.log = make([]float32, plan.ClipLen(r.c.Log.Every))
	r.controls = r.e.NewControls()
	for _, part := range r.w.Parts() {
		if err == nil {
			err = r.prog.Write(part.State, part.Data)
		}
	}
	if err == nil {
		err = r.prog.Write(experiment.StateRecord, r.log)
	}
	if err != nil {
		r.prog.Close()
	}
	return err
}

// start makes the weights of a run that begins. It comes when the device has room
// for them, and takes none where the host has not.
func (r *trainer) start() error {
	if r.w != nil {
		return nil
	}
	if err := memory.Fits(weightBytes(r.e)); err != nil {
		return fmt.Errorf("train: %d weights, their averages and moments: %w", r.e.Params.Len, err)
	}
	r.w = r.e.NewWeights()
	return nil
}

// unloaded ends a run whose context ended before its step was on the device. It leaves
// a checkpoint, as every stopped run does.
func (r *trainer) unloaded(err error) error {
	if err := run.KeepConfig(r.dir, r.c); err != nil {
		return err
	}
	if r.saved < r.step {
		if err := r.start(); err != nil {
			return err
		}
		if err := r.keep(); err != nil {
			return err
		}
	}
	return fmt.Errorf("train: %w after step %d of %d; saved in %s: %w",
		ErrStopped, r.step, r.c.Steps, r.path, err)
}

// fetch copies the weights from the device.
func (r *trainer) fetch() error {
	for _, part := range r.w.Parts() {
		if err := r.prog.Read(part.State, part.Data); err != nil {
			return r.deviceFailed(err)
		}
	}
	return nil
}

// loader makes this process' rows of the batches from step s on, in memory that the device
// takes them from.
func (r *trainer) loader(ctx context.Context, s int) (*datasets.Loader, error) {
	rows := r.e.Rows()
	start := uint64(s)*uint64(r.c.Batch) + uint64(r.group.Rank()*rows)
	buffer := func() ([]float32, error) { return r.prog.Buffer(experiment.InputX) }
	return datasets.NewLoader(ctx, r.src, datasets.Options{Buffer: buffer,
		Batch: rows, Seed: r.c.Seed, Start: start, Stride: uint64(r.c.Batch), Flip: r.c.Flip(),
		Decoders: r.c.Decoders(r.src.Info())})
}

func (r *trainer) result() *Result {
	taken := r.step - r.before
	if r.w == nil { // the run ended before it had weights
		r.w = &experiment.Weights{}
	}
	bad := 0
	if r.record != nil {
		bad = r.record.BadRecords()
	}
	return &Result{
		Checkpoint: r.path, Steps: r.step, Taken: taken, Images: taken * r.c.Batch, Bad: bad,
		Seconds: r.seconds, Loss: r.last.Loss, Experiment: r.e, Average: r.w.Average,
	}
}
