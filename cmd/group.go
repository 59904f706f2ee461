package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/launch"
	"github.com/stillfield/stillfield/train"
)

// inGroup opens the group that a launcher has started this process in, solo without one, and
// leaves it when body has returned.
func inGroup(ctx context.Context, o comm.Options, body func(g *comm.Group) error) error {
	g, err := launch.Open(o)
	if err != nil {
		return err
	}
	return leaving(ctx, g, body(g))
}

// leaving leaves g when work in it has ended with err. An error that all processes know of ends
// each by itself, once whoever has to tell of it has; any other is told and ends the others, which
// could only wait for this one. A collective that is overdue ends this process alone, with a
// status of its own, for the others may be gone.
func leaving(ctx context.Context, g *comm.Group, err error) error {
	switch late := new(*comm.Overdue); {
	case err == nil:
		if err = g.Close(); errors.Is(err, comm.ErrNotLeft) {
			logrus.Warn(err)
			return nil
		}
		return err
	case g.Size() == 1 || errors.As(err, late):
		return err
	}
	status := 0
	if from := new(train.Elsewhere); !errors.As(err, &from) {
		status = tell(ctx, of(g, err))
	} else if status = failure(err); errors.Is(err, train.ErrStopped) {
		status = exitStopped
	}
	if shared := new(train.Shared); !errors.As(err, &shared) {
		g.Abort(status)
	} else if err := g.Close(); err != nil {
		logrus.Error(err)
	}
	return &told{status}
}

// of names the process that an error is of, in each of its lines, unless it is the first.
func of(g *comm.Group, err error) error {
	if g.Rank() == 0 {
		return err
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		lines = append(lines, fmt.Sprintf("process %d: %s", g.Rank(), strings.TrimSpace(line)))
	}
	return &rephrased{strings.Join(lines, "\n"), err}
}

// rephrased is an error in other words.
type rephrased struct {
	text string
	err  error
}

func (r *rephrased) Error() string { return r.text }

// Unwrap is the error.
func (r *rephrased) Unwrap() error { return r.err }

// told is the error of a command that has been told already.
type told struct{ status int }

func (t *told) Error() string { return fmt.Sprintf("exit status %d", t.status) }
