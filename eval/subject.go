package eval

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// Subject is what is judged: points, and the field that they are drawn from where there
// is one.
type Subject struct {
	Path string
	*Fielded

	ahead   uint64          // added to the seed that points are drawn with
	drawn   *sample.Result  // nil until they are needed
	shape   []int           // of a point
	summary *sample.Summary // of the points; nil of data
	resized string          // what was done to pictures
	scale   string          // why their values may be on another scale than those of the data
	given   *Reference      // the data that the points are; nil of others
	labels  []int32         // their classes; nil where these are not those of the data held to
}

// Fielded is a field with what points of it depend on.
type Fielded struct {
	Checkpoint *run.Checkpoint
	Weights    string // average or raw, of which there are only these
	Part       string // the same, as package experiment has it
	Origin     sample.Origin
	Device     plan.Device
}

// Kind says what a path is.
type Kind int

// The kinds of subjects.
const (
	Trained  Kind = iota // a run or a checkpoint
	Drawn                // samples that sample wrote
	Given                // data of any source: pictures, an array
	Reported             // scores that were computed earlier, in a File
)

// KindOf finds out what path is, by its content: whether it has weights, or points; or, by its
// name, scores. What is no path may be the name of a source of data, with its parameters.
func KindOf(path string) (Kind, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, named := named(path); named {
			return Given, nil
		}
		return 0, fmt.Errorf("eval: %s: no such run, checkpoint, directory of samples, data or file of "+
			"scores%s", bounded.Name(path), run.InRuns(path))
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("eval: %w", err)
	case info.IsDir() && run.Is(path):
		return Trained, nil
	case sample.Is(path):
		return Drawn, nil
	case !info.IsDir() && strings.EqualFold(filepath.Ext(path), FileExt):
		return Reported, nil
	}
	if _, err = datasets.Recognize(path, ""); err == nil {
		return Given, nil
	}
	if !info.IsDir() && run.IsCheckpoint(path) {
		return Trained, nil
	}
	return 0, fmt.Errorf("eval: no run, no samples and no scores: %w", err)
}

// Open reads points: a directory that sample wrote, or its samples.safetensors.
func Open(path string) (*Subject, error) {
	r, summary, err := sample.Read(path)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	return &Subject{Path: path, drawn: r, shape: summary.Shape[1:], summary: &summary}, numbers(path, r)
}

// numbers reports the first coordinate of points that is none.
func numbers(path string, r *sample.Result) error {
	for i, v := range r.X {
		if v-v != 0 {
			return fmt.Errorf("eval: %s: coordinate %d of point %d is %v, want finite numbers",
				bounded.Name(path), i%r.Dim, i/r.Dim, v)
		}
	}
	return nil
}

// sum identifies points that were drawn already; "" where there are none.
func (s *Subject) sum() string {
	if s.drawn == nil {
		return ""
	}
	return run.SumOf(s.drawn.X)
}

// Data is the choice of the data that s was trained on; false where nothing says so.
func (s *Subject) Data() (choice.Choice, bool) {
	if s.Fielded != nil {
		return s.Checkpoint.Config.Data, true
	}
	if s.summary == nil {
		return choice.Choice{}, false
	}
	ck, err := run.Describe(s.summary.Checkpoint)
	if err != nil {
		return choice.Choice{}, false
	}
	return ck.Config.Data, true
}

// Shape is that of a point.
func (s *Subject) Shape() []int {
	if s.Fielded != nil {
		return s.Checkpoint.Point()
	}
	return s.shape
}

// field is the field with its weights, and how points of it are drawn.
func (s *Subject) field() (model.Trained, sample.Spec, error) {
	return s.Checkpoint.Drawn(s.Checkpoint.Weights.Part(s.Part), s.Checkpoint.Config.Sample)
}

// points are the points of s, drawn at the first call.
func (s *Subject) points(ctx context.Context, progress func(done, of int)) (*sample.Result, error) {
	if s.drawn != nil {
		return s.drawn, nil
	}
	f, spec, err := s.field()
	if err != nil {
		return nil, err
	}
	spec.Seed += s.ahead
	ck := s.Checkpoint
	x, _, closing, err := ck.Executor(ctx, s.Device, f, spec)
	defer closing()
	if err != nil {
		return nil, err
	}
	r, err := sample.Run(ctx, x, ck.Process, spec, progress)
	if err != nil {
		return nil, err
	}
	summary := r.Summary(sample.Output{Point: ck.Point(), Origin: s.Origin})
	s.drawn, s.summary = r, &summary
	return r, nil
}
