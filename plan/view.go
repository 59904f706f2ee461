package plan

// The views of a strided tensor are closed under Expand, Narrow and Swap as long
// as their groups of axes can be told apart; then a consumer that follows
// strides reads through any number of them without a copy. Each function here
// returns false where it cannot be done, and the operand is copied first.

// through returns the view of op's result in the value that v views op's
// operand in.
func (v View) through(op Op) (View, bool) {
	switch op.Kind {
	case Reshape:
		return v, true
	case Expand:
		return v.expand(op.Outer, Size(op.Shape)/(op.Outer*op.Inner))
	case Narrow:
		return v.narrow(op.Rows, op.Off, op.Width)
	case Swap:
		return v.swap(op.Dims)
	}
	return v, false
}

// axis is one extent of a view with its stride.
type axis struct{ dim, stride int }

func (v View) axes() []axis {
	as := make([]axis, 0, MaxAxes+3)
	for k := range v.Axes {
		as = append(as, axis{v.Dims[k], v.Strides[k]})
	}
	return as
}

// join makes a view of axes, merging neighbours that are one run.
func join(off int, as []axis) (View, bool) {
	v := View{Off: off}
	for _, a := range as {
		if a.dim == 1 {
			continue
		}
		if n := v.Axes; n > 0 && v.Strides[n-1] == a.dim*a.stride {
			v.Dims[n-1] *= a.dim
			v.Strides[n-1] = a.stride
			continue
		}
		if v.Axes == MaxAxes {
			return View{}, false
		}
		v.Dims[v.Axes], v.Strides[v.Axes] = a.dim, a.stride
		v.Axes++
	}
	if v.Axes == 0 {
		v.Axes, v.Dims[0], v.Strides[0] = 1, 1, 1
	}
	return v, true
}

// cut splits axes after the first n elements of the leading extents.
func cut(as []axis, n int) (head, tail []axis, ok bool) {
	for k, a := range as {
		switch {
		case n == 1:
			return as[:k:k], as[k:], true
		case n >= a.dim && n%a.dim == 0:
			n /= a.dim
		case a.dim%n == 0:
			head = append(append([]axis{}, as[:k]...), axis{n, a.dim / n * a.stride})
			return head, append([]axis{{a.dim / n, a.stride}}, as[k+1:]...), true
		default:
			return nil, nil, false
		}
	}
	return as, nil, n == 1
}

func (v View) expand(outer, mid int) (View, bool) {
	head, tail, ok := cut(v.axes(), outer)
	if !ok {
		return View{}, false
	}
	return join(v.Off, append(append(append([]axis{}, head...), axis{mid, 0}), tail...))
}

func (v View) narrow(rows, off, width int) (View, bool) {
	head, tail, ok := cut(v.axes(), rows)
	switch {
	case !ok || len(tail) > 1:
		return View{}, false
	case len(tail) == 0: // columns of one element
		return v, true
	}
	stride := tail[0].stride
	return join(v.Off+off*stride, append(append([]axis{}, head...), axis{width, stride}))
}

func (v View) swap(d [4]int) (View, bool) {
	a, rest, ok1 := cut(v.axes(), d[0])
	b, rest, ok2 := cut(rest, d[1])
	c, e, ok3 := cut(rest, d[2])
	if !ok1 || !ok2 || !ok3 {
		return View{}, false
	}
	var as []axis
	for _, part := range [][]axis{a, c, b, e} {
		as = append(as, part...)
	}
	return join(v.Off, as)
}
