package local

import (
	"github.com/stillfield/stillfield/comm"
)

// take copies what rank r hands in, and sets what the call will write to all ones.
func take(c comm.Call, r, size int) []byte {
	one := c.Count * c.Type.Bytes()
	in, out := c.Src, one
	switch c.Kind {
	case comm.KindBarrier:
		return nil
	case comm.KindBroadcast, comm.KindAllReduce:
		in = c.Dst
	case comm.KindAllGather:
		out *= size
	case comm.KindAllToAll:
		one *= size
		out = one
	}
	held := append([]byte(nil), comm.Slice[byte](in, one)...)
	if c.Kind == comm.KindBroadcast && r == c.Root {
		return held
	}
	dst := comm.Slice[byte](c.Dst, out)
	for i := range dst {
		dst[i] = 0xff
	}
	return held
}

// move writes what every rank is to have.
func (t *turn) move() {
	c := t.call[0]
	one := c.Count * c.Type.Bytes()
	switch c.Kind {
	case comm.KindBroadcast:
		for _, d := range t.call {
			copy(comm.Slice[byte](d.Dst, one), t.in[c.Root])
		}
	case comm.KindAllGather:
		for _, d := range t.call {
			dst := comm.Slice[byte](d.Dst, len(t.call)*one)
			for r, in := range t.in {
				copy(dst[r*one:], in)
			}
		}
	case comm.KindAllToAll:
		for me, d := range t.call {
			dst := comm.Slice[byte](d.Dst, len(t.call)*one)
			for r, in := range t.in {
				copy(dst[r*one:], in[me*one:(me+1)*one])
			}
		}
	case comm.KindAllReduce:
		t.reduce()
	}
}

// reduce combines the ranks' values in the order of the ranks.
func (t *turn) reduce() {
	switch c := t.call[0]; c.Type {
	case comm.Int64:
		reduce[int64](t, c)
	case comm.Float32:
		reduce[float32](t, c)
	case comm.Float64:
		reduce[float64](t, c)
	}
}

func reduce[T comm.Number](t *turn, c comm.Call) {
	total := comm.Slice[T](comm.Host(t.in[0]), c.Count)
	for _, in := range t.in[1:] {
		for i, v := range comm.Slice[T](comm.Host(in), c.Count) {
			switch c.Op {
			case comm.Sum:
				total[i] += v
			case comm.Min:
				total[i] = min(total[i], v)
			case comm.Max:
				total[i] = max(total[i], v)
			}
		}
	}
	for _, d := range t.call {
		copy(comm.Slice[T](d.Dst, c.Count), total)
	}
}
