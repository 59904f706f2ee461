package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/atomicfile"
)

// Scored is a line of the log that says what samples of the average scored by a metric.
type Scored struct {
	Step   int     `json:"step"`
	Metric string  `json:"metric"` // with its parameters, as choice.Parse reads them
	On     string  `json:"on"`     // what decides the scores beside the weights
	Scores []Score `json:"scores"`
	// Higher says that the first score is the better the higher it is.
	Higher bool `json:"higher,omitempty"`
}

// Score is one number.
type Score struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	Error *float64 `json:"error,omitempty"` // standard error
	N     int      `json:"n"`
}

// Kind is the name of the metric.
func (s Scored) Kind() string {
	c, _ := choice.Parse(s.Metric)
	return c.Kind
}

// Better reports whether s is better than what was the best until now, by the first score. What
// was scored otherwise, or not at all, is no match.
func (s Scored) Better(best *Scored) bool {
	if best == nil || best.Metric != s.Metric || best.On != s.On || len(best.Scores) == 0 ||
		best.Scores[0].Name != s.Scores[0].Name {
		return true
	}
	if s.Higher {
		return s.Scores[0].Value > best.Scores[0].Value
	}
	return s.Scores[0].Value < best.Scores[0].Value
}

// Scored adds a line to the log, and its numbers to the events.
func (r *Record) Scored(s Scored) {
	r.keep(s.Step, s)
	for _, v := range s.Scores {
		r.event(r.events.Scalar(int64(s.Step), "eval/"+s.Kind()+"/"+v.Name, v.Value))
	}
}

// ReadScored reads the lines of a run's log that are of scores; a log that is not there has none.
func ReadScored(dir string) ([]Scored, error) {
	f, err := openLog(filepath.Join(dir, logFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	defer f.Close()
	var all []Scored
	err = eachLine(f, func(raw []byte) error {
		if l, err := parseLine(bytes.TrimSpace(raw)); err != nil || l.Metric == "" {
			return nil
		}
		var s Scored
		if json.Unmarshal(raw, &s) == nil && len(s.Scores) > 0 {
			all = append(all, s)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("run: log: %w", err)
	}
	return all, nil
}

// BestPath is where a run keeps the checkpoint of the best score.
func BestPath(dir string) string { return filepath.Join(dir, checkpointDir, "best"+checkpointExt) }

// SaveBest writes c as the best checkpoint of the run in dir, for what it scored.
func (c *Checkpoint) SaveBest(dir string, s Scored) error {
	best := *c
	best.Path, best.Best = BestPath(dir), &s
	return best.Save()
}

// Best is what the best checkpoint of the run in dir scored, nil where it has none.
func Best(dir string) (*Scored, error) {
	path := BestPath(dir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	c, err := Describe(path)
	if err != nil {
		return nil, err
	}
	return c.Best, nil
}

// ReadyBest says why the best checkpoint of the run in dir could not be written.
func ReadyBest(dir string) error {
	if err := atomicfile.Ready(BestPath(dir)); err != nil {
		return fmt.Errorf("run: checkpoints: %w", err)
	}
	return nil
}
