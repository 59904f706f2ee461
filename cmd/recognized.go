package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
)

// recognized is data that a path holds, with the experiment that is suggested for them; or a
// configuration alone.
type recognized struct {
	cfg *experiment.Config
	src datasets.Source
	why []string // what was chosen, in lines
}

// recognize is what arg holds, where it is no configuration and no run: nil for one. A file that is
// no data is taken for a configuration, and so is the name of an experiment, whatever has it.
func recognize(arg string, set []string) (*recognized, error) {
	st, err := os.Stat(arg)
	ext := strings.ToLower(filepath.Ext(arg))
	_, unnamed := configs.Read(arg)
	if arg == "" || err != nil || !st.IsDir() && !st.Mode().IsRegular() || unnamed == nil ||
		ext == ".yaml" || ext == ".yml" {
		return nil, nil
	}
	c, err := datasets.Recognize(arg, namedSource(set))
	if unknown := new(datasets.Unknown); errors.As(err, &unknown) && !st.IsDir() && utf8.Valid(unknown.Head) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r := &recognized{}
	if c, err = r.open(c, set); err != nil {
		return nil, err
	}
	name := runName(arg)
	made, err := experiment.Suggest(name, c, r.src.Info())
	if err != nil {
		return nil, err
	}
	if r.cfg, err = experiment.Parse("the experiment for "+visible(arg), made.Text, set); err != nil {
		return nil, err
	}
	told := func(s string) bool { return strings.HasPrefix(s, "model.") || strings.HasPrefix(s, "model=") }
	if !slices.ContainsFunc(set, told) {
		r.why = append(r.why, "model: "+made.Model)
	}
	info, steps, batch := r.src.Info(), r.cfg.Steps, r.cfg.Batch
	times, digits := float64(steps)*float64(batch)/float64(info.Count), 0
	if times < 10 {
		digits = 1
	}
	r.why = append(r.why, fmt.Sprintf("%d steps of %d: each of the %d samples %.*f times", steps, batch,
		info.Count, digits, times))
	if info.Classes > 0 && r.cfg.Model.Params["classes"] == 0 {
		r.why = append(r.why, fmt.Sprintf("the network is not told the class: model.classes=%d has it told",
			info.Classes))
	}
	return r, nil
}

// suggestedSide is what large images are resized to, unless data.size says otherwise.
const suggestedSide = 64

// open opens the data with what set says of them, resized where they are large.
func (r *recognized) open(c choice.Choice, set []string) (choice.Choice, error) {
	own := slices.DeleteFunc(slices.Clone(set), func(s string) bool {
		return !strings.HasPrefix(s, "data.") && !strings.HasPrefix(s, "data=")
	})
	whole, err := experiment.OfData(c, own)
	if err != nil {
		return c, err
	}
	if r.src, err = whole.OpenData(); err != nil {
		return c, err
	}
	e, _ := datasets.Sources.Find(c.Kind)
	info := r.src.Info()
	large := info.Image && max(info.Shape.H, info.Shape.W) > suggestedSide
	if large && e.Make.Resizes && whole.Data.Params.Int("size") == 0 {
		c = c.Clone()
		c.Params["size"] = suggestedSide
		return r.open(c, set)
	}
	if size := c.Params["size"]; size != nil && whole.Data.Params["size"] == size {
		r.why = append(r.why,
			"pictures are resized to "+choice.Format(size)+" pixels: data.size says otherwise")
	}
	return c, nil
}

// data are those of the experiment, opened.
func (r *recognized) data() (datasets.Source, error) {
	if r.src != nil {
		return r.src, nil
	}
	return r.cfg.OpenData()
}

// announce says what was chosen, if anything was, and what the training takes.
func (r *recognized) announce(ctx context.Context, e *experiment.Experiment) error {
	if r.why == nil {
		return nil
	}
	for _, line := range r.why {
		logrus.Info("chosen, unless told otherwise: ", line)
	}
	cost, err := e.Cost(ctx)
	if err != nil {
		return err
	}
	room, err := e.Room(ctx)
	if err != nil {
		return err
	}
	logrus.Infof("estimate: %v; %v; %s", cost, room, cost.Drawing(e.Config.Sample.N, e.Config.Sample.Steps))
	return nil
}

// namedSource is the source that assignments name, "" for none.
func namedSource(set []string) (name string) {
	for _, s := range set {
		if path, text, _ := strings.Cut(s, "="); path == "data.name" || path == "data" {
			name, _, _ = strings.Cut(strings.TrimSpace(text), ":")
		}
	}
	return name
}

// runName is the last name of a path as that of a run: without the endings of a file.
func runName(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	name := filepath.Base(path)
	if !isDir(path) {
		name, _, _ = strings.Cut(strings.TrimLeft(name, "."), ".")
	}
	name = strings.Trim(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || strings.ContainsRune(`/\:`, r) || !unicode.IsPrint(r) {
			return '-'
		}
		return r
	}, name), ". -")
	if name == "" {
		return "run"
	}
	return name
}
