package nccl_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
	"github.com/stillfield/stillfield/comm/local"
	"github.com/stillfield/stillfield/comm/nccl"
	"github.com/stillfield/stillfield/comm/nccl/standin"
)

// ranks calls body for each of n ranks with its group over the stand-in, which it closes, and
// its GPU. Time passes when every rank waits.
func ranks(t *testing.T, n int, o comm.Options, body func(g *comm.Group, gpu *standin.GPU) error) error {
	t.Helper()
	var err error
	synctest.Test(t, func(t *testing.T) {
		net := standin.New()
		err = local.Run(n, o, func(host *comm.Group) error {
			gpu := net.GPU()
			world, err := nccl.Join(gpu, host, gpu)
			if err != nil {
				return err
			}
			g := comm.New(world, o)
			err = body(g, gpu)
			if g.Err() != nil { // Close would not come to the transport
				gpu.Break()
				return errors.Join(err, world.Close())
			}
			return errors.Join(err, g.Close())
		})
	})
	return err
}

// Groups of GPUs pass the suite, on memory that reads as NaN until the stream was waited for.
func TestConformance(t *testing.T) {
	for _, n := range []int{1, 2, 3} {
		for _, c := range commtest.Cases(1000) {
			err := ranks(t, n, comm.Options{Bucket: 2048}, func(g *comm.Group, gpu *standin.GPU) error {
				return c.Run(g, gpu)
			})
			if err != nil {
				t.Fatalf("%d ranks: %s: %v", n, c.Name, err)
			}
		}
	}
}

// device is n float32 of value v in gpu's memory.
func device(gpu *standin.GPU, n int, v float32) (comm.Call, error) {
	b, err := gpu.Alloc(4 * n)
	if err != nil {
		return comm.Call{}, err
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = v
	}
	return comm.Call{Kind: comm.KindAllReduce, Type: comm.Float32, Count: n, Dst: b}, gpu.Write(b, bytesOf(x))
}

func bytesOf(x []float32) []byte { return comm.Slice[byte](comm.Host(x), 4*len(x)) }

// A result that nobody has waited for is NaN, though every rank has called for it.
func TestUnseenReadsAsNaN(t *testing.T) {
	err := ranks(t, 2, comm.Options{}, func(g *comm.Group, gpu *standin.GPU) error {
		c, err := device(gpu, 3, 2)
		if err != nil {
			return err
		}
		r, x := g.Start(c), make([]float32, 3)
		if err := gpu.Read(bytesOf(x), c.Dst); err != nil || x[0] == x[0] {
			return fmt.Errorf("before it was waited for the sum reads as %v, %v", x, err)
		}
		if err := r.Wait(); err != nil {
			return err
		}
		if err := gpu.Read(bytesOf(x), c.Dst); err != nil || x[2] != 4 {
			return fmt.Errorf("the sum is %v, %v, want 4", x, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
