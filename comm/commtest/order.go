package commtest

import (
	"errors"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/comm"
)

// together starts collectives of every kind before it waits for the first, as a training
// step does with its buckets, and waits for them from the last to the first.
func together(g *comm.Group, m Memory) error {
	const n, rounds = 5000, 6
	type started struct {
		r    *comm.Request
		want func() error
	}
	var list []started
	var err error
	size := float32(g.Size())
	for k := range rounds {
		sum, e1 := newBuffer(m, n+k, func(i int) float32 { return float32(i % (50 + k)) })
		all, e2 := newBuffer(m, g.Size(), func(int) int64 { return -1 })
		mine, e3 := newBuffer(m, 1, func(int) int64 { return int64(10*g.Rank() + k) })
		if e := errors.Join(e1, e2, e3); e != nil {
			return e
		}
		list = append(list, started{
			g.Start(comm.Call{Kind: comm.KindAllReduce, Type: comm.Float32, Count: n + k, Dst: sum.Buffer}),
			func() error { return sum.want(func(i int) float32 { return size * float32(i%(50+k)) }) },
		}, started{
			g.Start(comm.Call{Kind: comm.KindAllGather, Type: comm.Int64, Count: 1,
				Dst: all.Buffer, Src: mine.Buffer}),
			func() error { return all.want(func(r int) int64 { return int64(10*r + k) }) },
		}, started{
			g.Start(comm.Call{Kind: comm.KindBarrier}),
			func() error { return m.Free(mine.Buffer) },
		})
	}
	for k := len(list) - 1; k >= 0; k-- {
		if e := errors.Join(list[k].r.Wait(), list[k].want()); e != nil {
			err = errors.Join(err, fmt.Errorf("collective %d of %d: %w", k, len(list), e))
		}
	}
	return err
}

// gatherInPlace has each rank's part lie where it belongs.
func gatherInPlace(g *comm.Group, m Memory) error {
	const n = 300
	x, err := newBuffer(m, n*g.Size(), func(i int) float32 {
		if i/n == g.Rank() {
			return value[float32](g.Rank(), i%n)
		}
		return guard
	})
	if err != nil {
		return err
	}
	c := comm.Call{Kind: comm.KindAllGather, Type: comm.Float32, Count: n, Dst: x.Buffer,
		Src: x.At(4 * n * g.Rank())}
	return errors.Join(g.Start(c).Wait(), x.want(func(i int) float32 { return value[float32](i/n, i%n) }))
}

// sameSum adds numbers whose sum depends on its order, and has the ranks compare bits.
func sameSum(g *comm.Group, m Memory) error {
	const n = 1 << 16
	x, err := newBuffer(m, n, func(i int) float32 { return float32(math.Sin(float64(i * (g.Rank() + 1)))) })
	if err != nil {
		return err
	}
	c := comm.Call{Kind: comm.KindAllReduce, Type: comm.Float32, Count: n, Dst: x.Buffer}
	if err := g.Start(c).Wait(); err != nil {
		return err
	}
	mine := make([]float32, n)
	if err := m.Read(bytesOf(mine), x.Buffer); err != nil {
		return err
	}
	c.Kind = comm.KindBroadcast
	if err := g.Start(c).Wait(); err != nil {
		return err
	}
	return x.want(func(i int) float32 { return mine[i] })
}

// many makes thousands of short calls, as the scalars of a step are.
func many(g *comm.Group, m Memory) error {
	x, err := newBuffer(m, 2, func(i int) float64 { return 0 })
	if err != nil {
		return err
	}
	for k := range 2000 {
		v := []float64{float64(k + g.Rank()), 1}
		if err := m.Write(x.Buffer, bytesOf(v)); err != nil {
			return err
		}
		c := comm.Call{Kind: comm.KindAllReduce, Type: comm.Float64, Count: 2, Dst: x.Buffer}
		if err := g.Start(c).Wait(); err != nil {
			return err
		}
		if err := m.Read(bytesOf(v), x.Buffer); err != nil {
			return err
		}
		size := float64(g.Size())
		if want := size*float64(k) + size*(size-1)/2; v[0] != want || v[1] != size {
			return fmt.Errorf("sum %d is %v, want [%v %v]", k, v, want, size)
		}
	}
	return m.Free(x.Buffer)
}
