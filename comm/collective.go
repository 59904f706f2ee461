package comm

import "fmt"

// Barrier waits for every rank.
func (g *Group) Barrier() error { return g.Start(Call{Kind: KindBarrier}).Wait() }

// StartBroadcast makes x of the root x of every rank.
func StartBroadcast[T Element](g *Group, root int, x []T) *Request {
	return g.Start(Call{Kind: KindBroadcast, Type: TypeOf[T](), Root: root, Count: len(x), Dst: Host(x)})
}

// StartAllReduce makes x the sum, least or greatest of every rank's x, element by element.
// The order of a sum is the transport's: the same for every rank of one run, but not for
// another number of ranks or another library.
func StartAllReduce[T Number](g *Group, op Op, x []T) *Request {
	return g.Start(Call{Kind: KindAllReduce, Type: TypeOf[T](), Op: op, Count: len(x), Dst: Host(x)})
}

// StartAllGather makes dst, of Size·len(src) elements, every rank's src by rank. src may be
// its own place in dst.
func StartAllGather[T Element](g *Group, dst, src []T) *Request {
	c := Call{Kind: KindAllGather, Type: TypeOf[T](), Count: len(src), Dst: Host(dst), Src: Host(src)}
	if len(dst) != g.Size()*len(src) {
		return g.refused(c, fmt.Errorf("dst has %d elements and src %d, want %d times as many",
			len(dst), len(src), g.Size()))
	}
	return g.Start(c)
}

// StartAllToAll makes block r of dst block Rank of rank r's src. Both have Size blocks of
// one length, and do not overlap.
func StartAllToAll[T Element](g *Group, dst, src []T) *Request {
	c := Call{Kind: KindAllToAll, Type: TypeOf[T](), Count: len(src) / g.Size(), Dst: Host(dst),
		Src: Host(src)}
	if len(dst) != len(src) || len(src)%g.Size() != 0 {
		return g.refused(c, fmt.Errorf("dst has %d elements and src %d, want as many, in %d equal blocks",
			len(dst), len(src), g.Size()))
	}
	return g.Start(c)
}

// refused is a call that is not made.
func (g *Group) refused(c Call, err error) *Request { return g.begin(c, err, nil) }

// Broadcast is [StartBroadcast], waited for.
func Broadcast[T Element](g *Group, root int, x []T) error { return StartBroadcast(g, root, x).Wait() }

// AllReduce is [StartAllReduce], waited for.
func AllReduce[T Number](g *Group, op Op, x []T) error { return StartAllReduce(g, op, x).Wait() }

// AllGather is [StartAllGather], waited for.
func AllGather[T Element](g *Group, dst, src []T) error { return StartAllGather(g, dst, src).Wait() }

// AllToAll is [StartAllToAll], waited for.
func AllToAll[T Element](g *Group, dst, src []T) error { return StartAllToAll(g, dst, src).Wait() }
