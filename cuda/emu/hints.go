package emu

import "github.com/stillfield/stillfield/cuda/emu/ptx"

// Hints to the caches change no result: their operands are checked, and that is all.

// hint removes the cache policy that .L2::cache_hint adds to the operands.
func (d *decoder) hint() {
	if !d.has("L2::cache_hint") {
		return
	}
	n := len(d.s.Args) - 1
	if n < 0 {
		d.fail("no cache policy")
	}
	d.src(d.s.Args[n], ptx.B64)
	s := *d.s
	s.Args = s.Args[:n]
	d.s = &s
}

// decodePolicy decodes createpolicy.fractional; the policy it makes is never looked at.
func decodePolicy(d *decoder) {
	d.mods = nil
	a := d.s.Args
	if len(a) == 2 {
		d.src(a[1], ptx.F32)
	} else if len(a) != 1 {
		d.fail("got %d operands, want 1 or 2", len(a))
	}
	d.in.a = d.literal(0, true)
	d.row(a[0], ptx.B64, copyRow[uint64])
}

// decodePrefetch decodes prefetch and prefetchu.
func decodePrefetch(d *decoder) {
	d.mods = nil
	if d.args(1)[0].Kind != ptx.AddressOperand {
		d.fail("operand is not an address")
	}
	d.in.kind = kindNop
}

const discardBytes = 128

// decodeDiscard decodes discard, after which 128 bytes hold nothing, and
// applypriority, a hint.
func decodeDiscard(d *decoder) {
	d.mods = nil
	a := d.args(2)
	if a[1].Kind != ptx.IntOperand || a[1].Int != discardBytes {
		d.fail("%s is of %d bytes", d.base, discardBytes)
	}
	d.memory(a[0], ptx.Global)
	d.in.x = &extra{sp: ptx.Global}
	d.in.kind = kindNop
	if d.base == "discard" {
		d.in.size, d.in.vec = discardBytes, 1
		d.in.kind, d.in.do = kindEffect, (*warp).discard
		d.p.atomics = true
	}
}

// discard makes the bytes it is given undefined.
func (w *warp) discard(in *inst, mask uint32) {
	w.addresses(in, mask)
	w.at.inRow = false
	mask = w.aligned(in, mask, discardBytes)
	for i := range lanes {
		if mask>>i&1 == 0 {
			continue
		}
		if a := w.resolve(in, i, w.ea[i], discardBytes, "writes"); a != nil && w.l.checked {
			for k := uint64(0); k < discardBytes; k += 64 {
				w.checkWrite(in, 1<<i, a, 64)
				w.ea[i] += 64
			}
			a.undefine(w.ea[i]-discardBytes-a.start, discardBytes)
		}
	}
}

// decodeIdle decodes brkpt, pmevent and nanosleep, which do nothing here.
func decodeIdle(d *decoder) {
	d.mods = nil
	d.in.kind = kindNop
	switch d.base {
	case "brkpt":
		d.args(0)
	case "nanosleep":
		d.src(d.args(1)[0], ptx.U32)
	default:
		if d.args(1)[0].Kind != ptx.IntOperand {
			d.fail("the event must be a literal")
		}
	}
}
