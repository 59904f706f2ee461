package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/eval"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/geometry/chart"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

// cellsDir has, beside the file of a sweep, a file for each cell that was computed.
const cellsDir = "cells"

// sweep is a run judged in every cell of a grid.
type sweep struct {
	eval.Grid
	c     *cobra.Command
	o     *evalFlags
	path  string
	build string // which program this is
	dir   string // of the cells

	judged          // with the weights that were loaded last
	average  string // that these are, "" for the one that the flags say
	features choice.Choice
	work     *sweepWork
	reports  []*eval.Report
	kept     int // cells that are there
}

// runSweep judges the run at path in every cell of g, prints all of them and draws them.
func runSweep(c *cobra.Command, path string, o *evalFlags, g eval.Grid, metrics []eval.Chosen,
	of choice.Choice) error {
	if err := o.settle(c, g); err != nil {
		return err
	}
	if kind, err := eval.KindOf(path); err != nil {
		return err
	} else if kind != eval.Trained {
		return &choice.Fault{Path: "sweep", Got: choice.Show(path),
			Want: "a run or a checkpoint, of which points can be drawn"}
	}
	out := o.out
	if out == "" {
		out = sweepPath(path, g)
	}
	if err := eval.CheckFile(out); err != nil {
		return err
	}
	build, err := digest()
	if err != nil {
		return err
	}
	s := &sweep{Grid: g, c: c, o: o, path: path, build: build, features: of, work: &sweepWork{},
		dir: filepath.Join(filepath.Dir(out), cellsDir), reports: make([]*eval.Report, g.Cells())}
	defer s.close()
	if err := s.begin(metrics); err != nil {
		return err
	}
	unwatched()
	keeping(c.Context())
	if err := s.compute(c.Context()); err != nil {
		if c.Context().Err() != nil {
			return fmt.Errorf("eval: %w: %d of %d cells are kept in %s, and the same command goes on",
				train.ErrStopped, s.kept, g.Cells(), visible(s.dir))
		}
		return err
	}
	return s.report(out)
}

// sweepPath is where a sweep goes unless another place is said.
func sweepPath(path string, g eval.Grid) string {
	name := "sweep"
	for _, a := range g {
		name += "-" + a.Key[strings.IndexByte(a.Key, '.')+1:]
	}
	if isDir(path) {
		return filepath.Join(path, "eval", name+eval.FileExt)
	}
	return filepath.Join(strings.TrimSuffix(path, ".safetensors")+"-eval", name+eval.FileExt)
}

// begin opens the run and finds what is wrong with any cell before the first is computed.
func (s *sweep) begin(metrics []eval.Chosen) error {
	_, average := split(s.Cell(0))
	o := *s.o
	if average != "" {
		o.average = average
	}
	s.average = average
	if err := s.open(s.c, s.path, &o, metrics, newProgress()); err != nil {
		return err
	}
	if err := s.o.fits(s.c, []judged{s.judged}); err != nil {
		return err
	}
	if set, _ := split(s.Cell(0)); len(set) > 0 && !slices.ContainsFunc(s.metrics, ofPoints) {
		return &choice.Fault{Path: "sweep", Got: choice.Show(set[0]),
			Want: "no key of sample: these metrics judge the field and draw no points"}
	}
	seen := map[string]bool{average: true}
	for i := range s.Cells() {
		set, average := split(s.Cell(i))
		if !seen[average] {
			seen[average] = true
			if _, _, err := s.load(average); err != nil {
				return err
			}
		}
		cfg, err := s.Checkpoint.Config.With(set)
		if err == nil {
			err = fitsProcess(cfg.Sample, s.Checkpoint.Process)
		}
		if err != nil {
			return err
		}
		s.work.costs = append(s.work.costs, float64(cfg.Sample.Steps))
	}
	return s.space(s.c.Context(), s.features)
}

func ofPoints(m eval.Chosen) bool { return m.Of == eval.Points }

// fitsProcess reports a way to draw that p does not allow.
func fitsProcess(spec sample.Spec, p *field.Process) error {
	err := spec.Fits(p)
	if faults, ok := choice.FaultsOf(err); ok {
		return faults.Under("sample")
	}
	return err
}

// load is the checkpoint with that average.
func (s *sweep) load(average string) (*run.Checkpoint, string, error) {
	o := *s.o
	o.average = average
	return o.load(s.c.Context(), s.path, o.assignments(s.c))
}

// at is the case of cell i: it loads weights only where the cell before had others.
func (s *sweep) at(i int) (*eval.Case, error) {
	set, average := split(s.Cell(i))
	if average != s.average {
		ck, part, err := s.load(average)
		if err != nil {
			return nil, err
		}
		s.Fielded = &eval.Fielded{Checkpoint: ck, Weights: s.o.weights, Part: part,
			Origin: origin(ck, part, s.o.weights, s.device), Device: s.device}
		s.average = average
	}
	f, ck, e := *s.Fielded, *s.Checkpoint, *s.Checkpoint.Experiment
	var err error
	if e.Config, err = ck.Config.With(set); err != nil {
		return nil, err
	}
	ck.Experiment, f.Checkpoint = &e, &ck
	c := eval.NewCase(&eval.Subject{Path: s.name(i), Fielded: &f}, s.Against, s.work.show(i, s.Seeds))
	c.Seeds, c.Space, c.Telling = s.Seeds, s.Space, s.Telling
	return c, nil
}

// name is what cell i is called.
func (s *sweep) name(i int) string {
	name := s.path
	for _, v := range s.Cell(i) {
		name += " " + v.Key + "=" + v.Value
	}
	return name
}

// compute finds or computes every cell, those of one average after another.
func (s *sweep) compute(ctx context.Context) error {
	order := make([]int, s.Cells())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		_, a := split(s.Cell(i))
		_, b := split(s.Cell(j))
		return strings.Compare(a, b)
	})
	for _, i := range order {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		c, err := s.at(i)
		if err == nil {
			s.reports[i], err = s.cell(ctx, c, i)
		}
		if err != nil {
			return err
		}
		s.kept++
	}
	return nil
}

// cell is the report of cell i: what this program has kept of it, or computed now and kept.
func (s *sweep) cell(ctx context.Context, c *eval.Case, i int) (*eval.Report, error) {
	path, err := s.file(c)
	if err != nil {
		return nil, err
	}
	if kept, err := eval.ReadFile(path); err == nil && len(kept) == 1 {
		s.work.costs[i] = 0
		kept[0].Subject = s.name(i)
		return kept[0], nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		logrus.Warn("computed again: ", err)
	}
	r, err := (&judged{Case: c, metrics: s.metrics}).compute(ctx)
	if err != nil {
		return nil, err
	}
	s.work.done(i)
	r[0].Swept = s.Cell(i)
	return r[0], eval.NewFile(version(), r, nil).Save(path)
}

// file is where the report of a case is kept: under a digest of all that its scores depend on.
func (s *sweep) file(c *eval.Case) (string, error) {
	config, err := c.Checkpoint.Config.Encode()
	if err != nil {
		return "", err
	}
	of := c.Origin
	of.Checkpoint = "" // the sum of its weights stays
	text, err := json.Marshal([]any{s.build, of, string(config), c.Seeds, c.Against.Info().Fingerprint,
		c.Against.Data.String(), fmt.Sprint(s.metrics), s.features.String()})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return filepath.Join(s.dir, hex.EncodeToString(sum[:8])+eval.FileExt), nil
}

// report prints the cells, all of them, and draws them beside the file.
func (s *sweep) report(out string) error {
	file := eval.NewFile(version(), s.reports, nil)
	if err := file.Save(out); err != nil {
		return err
	}
	t := eval.SweepTable(s.Grid, s.reports)
	base := strings.TrimSuffix(filepath.Base(out), filepath.Ext(out))
	t.Name = base
	drawn := geometry.Result{Tables: []geometry.Table{*t}, Plots: eval.SweepPlots(s.Grid, s.reports)}
	for i := range drawn.Plots {
		drawn.Plots[i].Name = base + "-" + drawn.Plots[i].Name
	}
	asJSON, err := s.c.Flags().GetBool("json")
	if err != nil {
		return err
	}
	if asJSON {
		err = file.Encode(s.c.OutOrStdout())
	} else {
		err = t.Print(s.c.OutOrStdout())
	}
	if err != nil {
		return err
	}
	paths, err := chart.Files(filepath.Dir(out), &drawn, true)
	for _, path := range append([]string{out}, paths...) {
		logrus.Info("wrote ", visible(path))
	}
	return err
}
