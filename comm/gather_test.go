package comm_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
)

func TestGatherBytes(t *testing.T) {
	err := local.Run(4, comm.Options{}, func(g *comm.Group) error {
		all, err := comm.GatherBytes(g, []byte(strings.Repeat("x", 3*g.Rank())))
		for r, b := range all {
			if string(b) != strings.Repeat("x", 3*r) {
				t.Errorf("rank %d has %q of rank %d", g.Rank(), b, r)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Ranks that agree have no error; where one differs, every rank has the same one, which names
// those that do, but not a screen full.
func TestAgree(t *testing.T) {
	for _, c := range []struct {
		differ int
		want   string
	}{
		{0, ""},
		{1, `comm: configuration: got rank 1 "b1", want that of rank 0 on every rank, "a"`},
		{6, `comm: configuration: got rank 1 "b1", rank 2 "b2", rank 3 "b3", 3 more, ` +
			`want that of rank 0 on every rank, "a"`},
	} {
		err := local.Run(8, comm.Options{}, func(g *comm.Group) error {
			value := "a"
			if r := g.Rank(); 1 <= r && r <= c.differ {
				value = fmt.Sprintf("b%d", r)
			}
			got := ""
			if err := comm.Agree(g, "configuration", value); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("rank %d: got %q, want %q", g.Rank(), got, c.want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// Every rank is told of every place.
func TestPlaces(t *testing.T) {
	err := local.Run(3, comm.Options{}, func(g *comm.Group) error {
		list, err := comm.Places(g)
		if err != nil || len(list) != 3 {
			return fmt.Errorf("%d places, %v", len(list), err)
		}
		for r, p := range list {
			if p.Rank != r || p.Index != r || p.Beside != 3 || p.Workers < 1 || len(p.Cores) > p.Of {
				t.Errorf("rank %d is at %+v", r, p)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
