package emu

import "unsafe"

// rowFunc computes the 32 values of a destination row. It is called for all
// lanes whatever the mask, so it must be total: no input makes it panic.
type rowFunc = func(w *warp, in *inst, d unsafe.Pointer)

// word is what a row of integers holds.
type word interface{ ~uint32 | ~uint64 }

// lanes1 lifts a function of one value to rows.
func lanes1[T, D any](f func(T) D) rowFunc {
	return func(w *warp, in *inst, d unsafe.Pointer) {
		r, a := (*[lanes]D)(d), rowOf[T](w, in.a)
		for i := range r {
			r[i] = f(a[i])
		}
	}
}

// lanes2 lifts a function of two values to rows.
func lanes2[T, U, D any](f func(T, U) D) rowFunc {
	return func(w *warp, in *inst, d unsafe.Pointer) {
		r, a, b := (*[lanes]D)(d), rowOf[T](w, in.a), rowOf[U](w, in.b)
		for i := range r {
			r[i] = f(a[i], b[i])
		}
	}
}

// lanes3 lifts a function of three values to rows.
func lanes3[T, U, V, D any](f func(T, U, V) D) rowFunc {
	return func(w *warp, in *inst, d unsafe.Pointer) {
		r, a, b, c := (*[lanes]D)(d), rowOf[T](w, in.a), rowOf[U](w, in.b), rowOf[V](w, in.c)
		for i := range r {
			r[i] = f(a[i], b[i], c[i])
		}
	}
}

// copyRow and those that follow write row d lane by lane from rows a, b and c of the instruction.
func copyRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	*(*[lanes]T)(d) = *rowOf[T](w, in.a)
}

// The loops below are the common instructions, written out so that nothing is
// called in them. Signedness does not matter to most.

func addRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = a[i] + b[i]
	}
}

func subRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = a[i] - b[i]
	}
}

func mulRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = a[i] * b[i]
	}
}

func madRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b, c := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b), rowOf[T](w, in.c)
	for i := range r {
		r[i] = a[i]*b[i] + c[i]
	}
}

func andRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = a[i] & b[i]
	}
}

func orRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = a[i] | b[i]
	}
}

func xorRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = a[i] ^ b[i]
	}
}

func shlRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[uint32](w, in.b)
	for i := range r {
		r[i] = a[i] << b[i]
	}
}

// shrRow shifts in the sign of a signed T.
func shrRow[T word | int32 | int64](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[uint32](w, in.b)
	for i := range r {
		r[i] = a[i] >> b[i]
	}
}

func minRow[T word | int32 | int64](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = min(a[i], b[i])
	}
}

func maxRow[T word | int32 | int64](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range r {
		r[i] = max(a[i], b[i])
	}
}

// castRow converts as Go does: it extends by the sign of S and truncates.
func castRow[S, D uint32 | uint64 | int32 | int64](w *warp, in *inst, d unsafe.Pointer) {
	r, a := (*[lanes]D)(d), rowOf[S](w, in.a)
	for i := range r {
		r[i] = D(a[i])
	}
}

// wideRow is mul.wide: the whole product of two 32-bit values.
func wideRow[S uint32 | int32, D uint64 | int64](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]D)(d), rowOf[S](w, in.a), rowOf[S](w, in.b)
	for i := range r {
		r[i] = D(a[i]) * D(b[i])
	}
}

func wideMadRow[S uint32 | int32, D uint64 | int64](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b, c := (*[lanes]D)(d), rowOf[S](w, in.a), rowOf[S](w, in.b), rowOf[D](w, in.c)
	for i := range r {
		r[i] = D(a[i])*D(b[i]) + c[i]
	}
}

// selectRow is selp: a where the predicate x.p holds, else b.
func selectRow[T word](w *warp, in *inst, d unsafe.Pointer) {
	r, a, b := (*[lanes]T)(d), rowOf[T](w, in.a), rowOf[T](w, in.b)
	p := w.preds[in.x.p] ^ in.x.notP
	for i := range r {
		r[i] = b[i] ^ (a[i]^b[i])&-T(p>>i&1)
	}
}

// bit is 1 for true, without a branch.
func bit(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
