package cmd

import (
	"fmt"
	"io"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/chrometrace"
)

// traceFile is where a trace goes.
type traceFile struct {
	path    string // "" for no trace
	written bool
	err     error // of writing
}

// ready says before there is work to lose what would keep the file from being
// written.
func (f *traceFile) ready() error {
	if f.path == "" {
		return nil
	}
	if err := atomicfile.Ready(f.path); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}

// write writes the file, whole or not at all.
func (f *traceFile) write(title string, t plan.Timeline, spans []plan.Span) error {
	err := atomicfile.Write(f.path, func(w io.Writer) error { return chrometrace.Write(w, title, t, spans) })
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	return nil
}

// step is the hook of a run, which goes on when its trace cannot be kept; nil
// without a trace.
func (f *traceFile) step() func(int, plan.Timeline, []plan.Span) {
	if f.path == "" {
		return nil
	}
	return func(step int, t plan.Timeline, spans []plan.Span) {
		if f.err = f.write(fmt.Sprintf("training step %d", step), t, spans); f.err != nil {
			logrus.Warn(f.err)
			return
		}
		f.written = true
		fields := logrus.Fields{"step": step, "launches": len(spans)}
		if total, hidden := plan.Hidden(spans); total > 0 {
			fields["sums_ms"], fields["sums_hidden"] = total, hidden
		}
		logrus.WithFields(fields).Info("trace ", f.path)
	}
}

// done says, after a run that ended well, what became of the trace.
func (f *traceFile) done() error {
	if f.path != "" && !f.written && f.err == nil {
		logrus.Warn("trace: no step was left to take: ", f.path, " is not written")
	}
	return f.err
}
