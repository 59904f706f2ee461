package cmd

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
	"github.com/stillfield/stillfield/train"
)

// How processes leave a group: with what all know of each ends by itself, with what one alone
// knows it ends the others, and a stopped run has its own status on all.
func TestLeaving(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    func(g *comm.Group) error // of the work
		status []int                     // told, 0 for an error that is still to be told
		abort  bool
	}{
		{"well", func(*comm.Group) error { return nil }, []int{0, 0}, false},
		{"one knows", func(g *comm.Group) error {
			return train.Agree(g, map[int]error{1: errors.New("x")}[g.Rank()])
		}, []int{1, 1}, false},
		{"stopped", func(g *comm.Group) error {
			return train.Agree(g, map[int]error{0: fmt.Errorf("it is %w", train.ErrStopped)}[g.Rank()])
		}, []int{exitStopped, exitStopped}, false},
		{"alone", func(g *comm.Group) error {
			if g.Rank() == 1 {
				return errors.New("the others do not know")
			}
			return nil
		}, []int{0, 1}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := make([]error, 2)
			var after error
			err := local.Run(2, comm.Options{}, func(g *comm.Group) error {
				err := tt.err(g)
				if tt.abort && g.Rank() == 0 {
					after = g.Barrier() // which the other never comes to
					return nil
				}
				got[g.Rank()] = leaving(t.Context(), g, err)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for rank, want := range tt.status {
				said := new(told)
				errors.As(got[rank], &said)
				if said.status != want || (got[rank] == nil) != (want == 0) {
					t.Errorf("process %d leaves with %v, want status %d", rank, got[rank], want)
				}
			}
			if (after != nil) != tt.abort {
				t.Errorf("process 0 goes on: %v, want it ended: %v", after, tt.abort)
			}
		})
	}
}

// An error names its process in each line, unless that leads.
func TestOf(t *testing.T) {
	err := errors.Join(errors.New("a"), train.ErrStopped)
	errs := local.Run(2, comm.Options{}, func(g *comm.Group) error {
		want := map[int]string{0: "a\nstopped", 1: "process 1: a\nprocess 1: stopped"}[g.Rank()]
		if got := of(g, err); got.Error() != want || !errors.Is(got, train.ErrStopped) {
			return fmt.Errorf("got %q, want %q, and the error within", got, want)
		}
		return nil
	})
	if errs != nil {
		t.Error(errs)
	}
}
