package nccl_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
	"github.com/stillfield/stillfield/comm/nccl"
	"github.com/stillfield/stillfield/comm/nccl/standin"
)

// faults are what goes wrong, and what rank 0 is told.
var faults = []struct {
	name string
	body func(g *comm.Group, gpu *standin.GPU) error
	want string
}{
	{"other counts", func(g *comm.Group, gpu *standin.GPU) error {
		c, err := device(gpu, 3+g.Rank(), 1)
		if err != nil {
			return err
		}
		return g.Start(c).Wait()
	}, "invalid usage"},
	{"another order", func(g *comm.Group, gpu *standin.GPU) error {
		c, err := device(gpu, 3, 1)
		if err != nil {
			return err
		}
		if g.Rank() == 1 {
			g.Barrier()
		}
		return g.Start(c).Wait()
	}, "invalid usage"},
	{"memory that is not there", func(g *comm.Group, gpu *standin.GPU) error {
		c, err := device(gpu, 3, 1)
		if err != nil {
			return err
		}
		c.Count = 4
		return g.Start(c).Wait()
	}, "nccl all-reduce: invalid argument"},
	{"host memory", func(g *comm.Group, _ *standin.GPU) error {
		return comm.AllReduce(g, comm.Sum, make([]float32, 4))
	}, "got host memory, want the device's"},
	{"a network that fails", func(g *comm.Group, gpu *standin.GPU) error {
		if g.Rank() == 1 {
			time.Sleep(time.Second / 4)
			gpu.Break()
			time.Sleep(time.Second / 4)
		}
		return g.Barrier()
	}, "asynchronous error: remote process exited"},
	{"a rank that never comes", func(g *comm.Group, gpu *standin.GPU) error {
		if g.Rank() == 1 {
			time.Sleep(2 * time.Second)
		}
		return g.Barrier()
	}, "collective 0, barrier: not finished after 1s"},
}

// What NCCL would hang on fails on every rank before the deadline; what it finds behind the
// program's back as well.
func TestFaults(t *testing.T) {
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			var first error
			o := comm.Options{Deadline: time.Second}
			ranks(t, 2, o, func(g *comm.Group, gpu *standin.GPU) error {
				err := c.body(g, gpu)
				if g.Rank() == 0 {
					first = err
				}
				return err
			})
			if got := fmt.Sprint(first); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("rank 0 has %v, want %q", first, c.want)
			}
		})
	}
}

// A rank that cannot open NCCL tells the others; one that is gone is not waited for for ever.
func TestJoinFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		lib  func(gpu *standin.GPU, rank int) nccl.Library
		want string
	}{
		{"no identifier", func(gpu *standin.GPU, rank int) nccl.Library { return broken{gpu, "id"} },
			"ncclGetUniqueId: remote process exited"},
		{"a version of its own", func(gpu *standin.GPU, rank int) nccl.Library {
			if rank == 1 {
				return broken{gpu, "version"}
			}
			return gpu
		}, `NCCL: got rank 1 "1.0.0", want that of rank 0 on every rank, "2.0.0"`},
		{"an identifier that is not NCCL's", func(gpu *standin.GPU, rank int) nccl.Library {
			return broken{gpu, "random"}
		}, "ncclCommInitRank: invalid argument"},
		{"a rank that never comes", func(gpu *standin.GPU, rank int) nccl.Library {
			if rank == 1 {
				return broken{gpu, "late"}
			}
			return gpu
		}, "rank 0 of 2: comm: rank 0 of 2: collective 0, join: not finished after 1s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				net := standin.New()
				var first error
				local.Run(2, comm.Options{Deadline: time.Second}, func(host *comm.Group) error {
					gpu := net.GPU()
					w, err := nccl.Join(c.lib(gpu, host.Rank()), host, gpu)
					if err == nil {
						return w.Close()
					}
					if host.Rank() == 0 {
						first = err
					}
					return err
				})
				time.Sleep(3 * time.Second) // until the rank that never came has come
				if first == nil || !strings.Contains(first.Error(), c.want) {
					t.Errorf("rank 0 has %v, want %q", first, c.want)
				}
			})
		})
	}
}

// broken is a library with one fault.
type broken struct {
	*standin.GPU
	fault string
}

func (b broken) GetVersion() (int, nccl.Code) {
	if b.fault == "version" {
		return 10000, 0
	}
	return b.GPU.GetVersion()
}

func (b broken) GetUniqueId() (nccl.ID, nccl.Code) {
	switch b.fault {
	case "id":
		return nccl.ID{}, nccl.RemoteError
	case "random":
		return nccl.ID{1, 2, 3}, 0
	}
	return b.GPU.GetUniqueId()
}

func (b broken) CommInitRank(ranks int, id nccl.ID, rank int) (nccl.Comm, nccl.Code) {
	if b.fault == "late" {
		time.Sleep(2 * time.Second)
	}
	return b.GPU.CommInitRank(ranks, id, rank)
}
