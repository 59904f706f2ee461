package cmd

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/cmd/signals"
	"github.com/stillfield/stillfield/train"
)

// asked is the cause of a context that a signal has ended.
type asked struct{ signal os.Signal }

func (a asked) Error() string { return fmt.Sprintf("by the signal %v", a.signal) }

// Unwrap is what ends a context.
func (asked) Unwrap() error { return context.Canceled }

// untilAsked is ctx until a signal of [signals.Endings] asks the process to end. The
// first one ends the context. The same one once more ends the process at once, but
// for SIGHUP: a terminal that is lost sends it twice.
func untilAsked(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	heard := signals.Listen()
	signal.Ignore(beyondLimit...)
	go func() {
		seen := map[os.Signal]bool{}
		for s := range heard {
			switch {
			case len(seen) == 0:
				cancel(asked{s}) // before the log, which a terminal that is lost may keep waiting
				logrus.Infof("%v: ending in good order; once more ends at once", s)
			case seen[s] && s != hangup:
				raise(s)
			}
			seen[s] = true
		}
	}()
	return ctx, func() {
		signal.Stop(heard)
		close(heard)
		cancel(nil)
	}
}

// keepsKey is the key of a context's flag that its command has work to save.
type keepsKey struct{}

// keeping marks that from here on the command has work to save: when its context ends
// it is waited for, until it has saved it and returned.
func keeping(ctx context.Context) { ctx.Value(keepsKey{}).(*atomic.Bool).Store(true) }

// promptly runs a command. When ctx ends and the command has no work to save, promptly
// returns at once and abandons it, be it opening data or compiling a plan.
func promptly(ctx context.Context, command func(context.Context) error) error {
	keeps := &atomic.Bool{}
	ended := make(chan error, 1)
	go func() { ended <- command(context.WithValue(ctx, keepsKey{}, keeps)) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if !keeps.Load() {
		return train.ErrStopped
	}
	return <-ended
}
