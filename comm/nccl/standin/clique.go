package standin

import (
	"sync"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/nccl"
)

// clique is the ranks of one communicator.
type clique struct {
	id     nccl.ID
	gpus   []*GPU // by rank, nil for those that have not come yet
	all    sync.Cond
	joined int
	done   int       // how many collectives every rank has passed
	failed nccl.Code // of all, from then on
}

// op is one collective as a rank has put it on its stream.
type op struct {
	call    call
	in, out []span
	peers   []peer // of an exchange, in the order of its sends and receives
}

// call is what ranks must agree on.
type call struct {
	name string
	n    int
	t    nccl.Type
	op   nccl.Op
	root int
}

// peer is one send or receive of an exchange.
type peer struct {
	send bool
	rank int
	n    int
	t    nccl.Type
	at   span
}

// enqueue puts an op on the rank's stream, and carries out what every rank has put there.
func (g *GPU) enqueue(o *op) nccl.Code {
	c := g.clique
	if c.failed != 0 {
		return c.failed
	}
	g.queue = append(g.queue, o)
	g.hide(g.queue[len(g.queue)-1:])
	for c.failed == 0 {
		var row []*op
		for _, other := range c.gpus {
			if c.done < len(other.queue) {
				row = append(row, other.queue[c.done])
			}
		}
		for _, r := range row {
			if r.call != row[0].call {
				c.failed = nccl.InvalidUsage
			}
		}
		if len(row) < len(c.gpus) || c.failed != 0 {
			break
		}
		if !carry(row) {
			c.failed = nccl.InvalidUsage
			break
		}
		c.done++
		for _, other := range c.gpus {
			other.passed++
		}
	}
	return c.failed
}

// carry does a collective of which every rank's op is there; false where an exchange does not
// fit together.
func carry(row []*op) bool {
	c := row[0].call
	switch c.name {
	case "exchange":
		return exchange(row)
	case "broadcast":
		sent := append([]byte(nil), row[c.root].in[0].is()...)
		for _, o := range row {
			copy(o.out[0].is(), sent)
		}
	case "gather":
		var all []byte
		for _, o := range row {
			all = append(all, o.in[0].is()...)
		}
		for _, o := range row {
			copy(o.out[0].is(), all)
		}
	case "reduce":
		switch c.t {
		case 4:
			reduce[int64](row)
		case 7:
			reduce[float32](row)
		case 8:
			reduce[float64](row)
		}
	}
	return true
}

// exchange hands each receive what the rank it names sends: the k-th of one for the other is
// the k-th of the other from the one.
func exchange(row []*op) bool {
	type way struct{ from, to int }
	sent := map[way][]peer{}
	for r, o := range row {
		for _, p := range o.peers {
			if p.send {
				w := way{r, p.rank}
				p.at = span{&memory{is: append([]byte(nil), p.at.is()...)}, 0, p.at.n}
				sent[w] = append(sent[w], p)
			}
		}
	}
	for r, o := range row {
		for _, p := range o.peers {
			if p.send {
				continue
			}
			w := way{p.rank, r}
			if len(sent[w]) == 0 || sent[w][0].n != p.n || sent[w][0].t != p.t {
				return false
			}
			copy(p.at.is(), sent[w][0].at.is())
			sent[w] = sent[w][1:]
		}
	}
	for _, rest := range sent {
		if len(rest) > 0 {
			return false
		}
	}
	return true
}

// reduce combines the ranks' elements in the order of the ranks.
func reduce[T comm.Number](row []*op) {
	c := row[0].call
	elements := func(s span) []T { return comm.Slice[T](comm.Host(s.is()), c.n) }
	if c.n == 0 {
		return
	}
	total := append([]T(nil), elements(row[0].in[0])...)
	for _, o := range row[1:] {
		for i, v := range elements(o.in[0]) {
			switch c.op {
			case 0:
				total[i] += v
			case 2:
				total[i] = max(total[i], v)
			case 3:
				total[i] = min(total[i], v)
			}
		}
	}
	for _, o := range row {
		copy(elements(o.out[0]), total)
	}
}
