package standin

import "github.com/stillfield/stillfield/comm/nccl"

var _ interface {
	nccl.Library
	nccl.Device
} = (*GPU)(nil)

// sizes are those of the types that are moved.
var sizes = map[nccl.Type]int{1: 1, 4: 8, 7: 4, 8: 8}

// GetVersion is one that NCCL has not had.
func (g *GPU) GetVersion() (int, nccl.Code) { return 20000, 0 }

// GetErrorString is NCCL's words for the codes that there are here.
func (g *GPU) GetErrorString(c nccl.Code) string {
	switch c {
	case nccl.InvalidArgument:
		return "invalid argument"
	case nccl.InvalidUsage:
		return "invalid usage"
	case nccl.RemoteError:
		return "remote process exited or there was a network error"
	}
	return "unknown result code"
}

// GetUniqueId makes an identifier that no other call has made.
func (g *GPU) GetUniqueId() (id nccl.ID, c nccl.Code) {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	g.net.ids++
	for i := range id {
		id[i] = g.net.ids ^ byte(i)
	}
	k := &clique{id: id}
	k.all.L = &g.net.mu
	g.net.cliqs[id] = k
	return id, 0
}

// CommInitRank waits for every rank, or for one that fails.
func (g *GPU) CommInitRank(ranks int, id nccl.ID, rank int) (nccl.Comm, nccl.Code) {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	k := g.net.cliqs[id]
	switch {
	case k == nil || rank < 0 || rank >= ranks:
		return 0, nccl.InvalidArgument
	case k.gpus == nil:
		k.gpus = make([]*GPU, ranks)
	}
	if len(k.gpus) != ranks || k.gpus[rank] != nil {
		k.failed = nccl.InvalidUsage
		k.all.Broadcast()
		return 0, k.failed
	}
	k.gpus[rank], g.clique, g.rank = g, k, rank
	k.joined++
	k.all.Broadcast()
	for k.joined < ranks && k.failed == 0 {
		k.all.Wait()
	}
	if k.joined < ranks {
		return 0, k.failed
	}
	return nccl.Comm(g.base), 0
}

// CommGetAsyncError is what has failed for all ranks.
func (g *GPU) CommGetAsyncError(c nccl.Comm) (found, result nccl.Code) {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	if c != nccl.Comm(g.base) {
		return 0, nccl.InvalidArgument
	}
	return g.clique.failed, 0
}

// Break has the network of the rank fail.
func (g *GPU) Break() { g.CommAbort(nccl.Comm(g.base)) }

// CommAbort takes the rank away from the others, for whom that is an asynchronous error.
func (g *GPU) CommAbort(c nccl.Comm) nccl.Code {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	if g.clique.failed == 0 {
		g.clique.failed = nccl.RemoteError
	}
	return 0
}

// CommDestroy refuses while there is work, of which the others would never see the end.
func (g *GPU) CommDestroy(c nccl.Comm) nccl.Code {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	switch {
	case c != nccl.Comm(g.base):
		return nccl.InvalidArgument
	case g.passed < len(g.queue) || g.depth > 0:
		return nccl.InvalidUsage
	}
	return 0
}

// GroupStart holds back what follows until GroupEnd.
func (g *GPU) GroupStart() nccl.Code {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	g.depth++
	return 0
}

// GroupEnd makes one exchange of the sends and receives since GroupStart.
func (g *GPU) GroupEnd() nccl.Code {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	if g.depth--; g.depth < 0 {
		g.depth = 0
		return nccl.InvalidUsage
	}
	if g.depth > 0 || len(g.group) == 0 {
		return 0
	}
	all := &op{call: call{name: "exchange"}}
	for _, o := range g.group {
		all.out = append(all.out, o.out...)
		all.peers = append(all.peers, o.peers...)
	}
	g.group = nil
	return g.enqueue(all)
}

// collective is one of all ranks, of n elements read at src and out of them written at dst.
func (g *GPU) collective(k call, src, dst uintptr, out int, c nccl.Comm, s nccl.Stream) nccl.Code {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	size, known := sizes[k.t]
	in, readable := g.span(src, k.n*size)
	to, writable := g.span(dst, out*size)
	switch {
	case g.clique == nil || c != nccl.Comm(g.base) || s != g.Stream() || !known || !readable || !writable:
		return nccl.InvalidArgument
	case g.depth > 0: // which NCCL allows and this package's user does not need
		return nccl.InvalidUsage
	}
	return g.enqueue(&op{call: k, in: []span{in}, out: []span{to}})
}

// AllReduce is NCCL's.
func (g *GPU) AllReduce(src, dst uintptr, n int, t nccl.Type, op nccl.Op, c nccl.Comm,
	s nccl.Stream) nccl.Code {
	return g.collective(call{name: "reduce", n: n, t: t, op: op}, src, dst, n, c, s)
}

// Broadcast is NCCL's.
func (g *GPU) Broadcast(src, dst uintptr, n int, t nccl.Type, root int, c nccl.Comm,
	s nccl.Stream) nccl.Code {
	if g.clique == nil || root < 0 || root >= len(g.clique.gpus) {
		return nccl.InvalidArgument
	}
	return g.collective(call{name: "broadcast", n: n, t: t, root: root}, src, dst, n, c, s)
}

// AllGather is NCCL's.
func (g *GPU) AllGather(src, dst uintptr, n int, t nccl.Type, c nccl.Comm, s nccl.Stream) nccl.Code {
	if g.clique == nil {
		return nccl.InvalidArgument
	}
	return g.collective(call{name: "gather", n: n, t: t}, src, dst, n*len(g.clique.gpus), c, s)
}

// Send is NCCL's.
func (g *GPU) Send(src uintptr, n int, t nccl.Type, to int, c nccl.Comm, s nccl.Stream) nccl.Code {
	return g.pair(peer{send: true, rank: to, n: n, t: t}, src, c, s)
}

// Recv is NCCL's.
func (g *GPU) Recv(dst uintptr, n int, t nccl.Type, from int, c nccl.Comm, s nccl.Stream) nccl.Code {
	return g.pair(peer{rank: from, n: n, t: t}, dst, c, s)
}

// pair is a send or a receive, which hangs outside a group where the other side comes later.
func (g *GPU) pair(p peer, address uintptr, c nccl.Comm, s nccl.Stream) nccl.Code {
	g.net.mu.Lock()
	defer g.net.mu.Unlock()
	var there bool
	p.at, there = g.span(address, p.n*sizes[p.t])
	switch {
	case g.clique == nil || c != nccl.Comm(g.base) || s != g.Stream() || sizes[p.t] == 0 || !there:
		return nccl.InvalidArgument
	case p.rank < 0 || p.rank >= len(g.clique.gpus):
		return nccl.InvalidArgument
	case g.depth == 0:
		return nccl.InvalidUsage
	}
	o := &op{peers: []peer{p}}
	if !p.send {
		o.out = []span{p.at}
	}
	g.group = append(g.group, o)
	return 0
}
