package commtest

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/comm"
)

// value is element i of rank r: small whole numbers, of which every type has the exact sum.
func value[T comm.Element](r, i int) T { return T((7*r + 3*i + i/251) % 100) }

// broadcast has each rank be the root.
func broadcast[T comm.Element](g *comm.Group, m Memory, n int) error {
	for root := range g.Size() {
		x, err := newBuffer(m, n, func(i int) T { return value[T](g.Rank(), i) })
		if err != nil {
			return err
		}
		c := comm.Call{Kind: comm.KindBroadcast, Type: comm.TypeOf[T](), Root: root, Count: n, Dst: x.Buffer}
		err = g.Start(c).Wait()
		if err = errors.Join(err, x.want(func(i int) T { return value[T](root, i) })); err != nil {
			return fmt.Errorf("root %d: %w", root, err)
		}
	}
	return nil
}

func gather[T comm.Element](g *comm.Group, m Memory, n int) error {
	mine := func(i int) T { return value[T](g.Rank(), i) }
	src, err := newBuffer(m, n, mine)
	if err != nil {
		return err
	}
	dst, err := newBuffer(m, n*g.Size(), func(int) T { return guard })
	if err != nil {
		return err
	}
	err = g.Start(comm.Call{Kind: comm.KindAllGather, Type: comm.TypeOf[T](), Count: n,
		Dst: dst.Buffer, Src: src.Buffer}).Wait()
	return errors.Join(err, src.want(mine), dst.want(func(i int) T { return value[T](i/n, i%n) }))
}

// exchange sends rank d the values that rank me·Size+d would have.
func exchange[T comm.Element](g *comm.Group, m Memory, n int) error {
	me, size := g.Rank(), g.Size()
	mine := func(i int) T { return value[T](me*size+i/n, i%n) }
	src, err := newBuffer(m, n*size, mine)
	if err != nil {
		return err
	}
	dst, err := newBuffer(m, n*size, func(int) T { return guard })
	if err != nil {
		return err
	}
	err = g.Start(comm.Call{Kind: comm.KindAllToAll, Type: comm.TypeOf[T](), Count: n,
		Dst: dst.Buffer, Src: src.Buffer}).Wait()
	return errors.Join(err, src.want(mine), dst.want(func(i int) T { return value[T](i/n*size+me, i%n) }))
}

func reduce[T comm.Element](g *comm.Group, m Memory, n int, op comm.Op) error {
	x, err := newBuffer(m, n, func(i int) T { return value[T](g.Rank(), i) })
	if err != nil {
		return err
	}
	err = g.Start(comm.Call{Kind: comm.KindAllReduce, Type: comm.TypeOf[T](), Op: op, Count: n,
		Dst: x.Buffer}).Wait()
	return errors.Join(err, x.want(func(i int) T {
		w := value[T](0, i)
		for r := 1; r < g.Size(); r++ {
			switch v := value[T](r, i); op {
			case comm.Sum:
				w += v
			case comm.Min:
				w = min(w, v)
			case comm.Max:
				w = max(w, v)
			}
		}
		return w
	}))
}
