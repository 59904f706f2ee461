package comm_test

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
)

func TestSoloConformance(t *testing.T) {
	for _, c := range commtest.Cases(commtest.Whole) {
		t.Run(c.Name, func(t *testing.T) {
			g := comm.Solo()
			if err := c.Run(g, commtest.HostMemory{}); err != nil {
				t.Error(err)
			}
			if err := g.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A call that is of no group is refused in one line, and the group fails with it.
func TestRefusals(t *testing.T) {
	for want, call := range map[string]func(g *comm.Group) error{
		"dst has 3 elements and src 2, want 1 times as many": func(g *comm.Group) error {
			return comm.AllGather(g, make([]byte, 3), make([]byte, 2))
		},
		"dst has 3 elements and src 2, want as many": func(g *comm.Group) error {
			return comm.AllToAll(g, make([]float32, 3), make([]float32, 2))
		},
		"got root 1, want a rank below 1": func(g *comm.Group) error {
			return comm.Broadcast(g, 1, make([]float64, 3))
		},
		"got elements of type byte, want numbers": func(g *comm.Group) error {
			c := comm.Call{Kind: comm.KindAllReduce, Count: 1, Dst: comm.Host(make([]byte, 1))}
			return g.Start(c).Wait()
		},
		"got -1 elements": func(g *comm.Group) error {
			return g.Start(comm.Call{Kind: comm.KindBroadcast, Count: -1}).Wait()
		},
		"got device memory": func(g *comm.Group) error {
			return g.Start(comm.Call{Kind: comm.KindBroadcast, Count: 1, Dst: comm.Device(16)}).Wait()
		},
		"the group is closed": func(g *comm.Group) error {
			if err := g.Close(); err != nil {
				return err
			}
			return g.Barrier()
		},
	} {
		g := comm.Solo()
		err := call(g)
		if err == nil || !strings.Contains(err.Error(), want) || g.Err() != err {
			t.Errorf("got %v, and the group's failure %v, want %q", err, g.Err(), want)
		}
		if later := g.Barrier(); later != err {
			t.Errorf("after %v a barrier gives %v", err, later)
		}
	}
}
