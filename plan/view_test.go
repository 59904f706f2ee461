package plan

import (
	"testing"

	"pgregory.net/rapid"
)

// elements lists the elements a view reads, in order.
func elements(v View) []int {
	es := make([]int, v.Len())
	for i := range es {
		es[i] = v.At(i)
	}
	return es
}

// drawViewOp draws an Expand, Narrow, Swap or Reshape of n elements, and returns
// the index of the operand's element that each element of the result is.
func drawViewOp(t *rapid.T, n int) (Op, []int) {
	split := func(n int) (int, int) {
		var ds []int
		for d := 1; d <= n; d++ {
			if n%d == 0 {
				ds = append(ds, d)
			}
		}
		d := rapid.SampledFrom(ds).Draw(t, "divisor")
		return d, n / d
	}
	a, rest := split(n)
	var from []int
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		m := rapid.IntRange(1, 3).Draw(t, "m")
		for i := range a * m * rest {
			from = append(from, i/(m*rest)*rest+i%rest)
		}
		return Op{Kind: Expand, Outer: a, Inner: rest, Shape: []int{a, m, rest}}, from
	case 1:
		off := rapid.IntRange(0, rest-1).Draw(t, "off")
		w := rapid.IntRange(1, rest-off).Draw(t, "w")
		for i := range a * w {
			from = append(from, i/w*rest+off+i%w)
		}
		return Op{Kind: Narrow, Rows: a, Off: off, Width: w, Shape: []int{a, w}}, from
	case 2:
		b, rest := split(rest)
		c, d := split(rest)
		for i := range n {
			l, k, j, h := i%d, i/d%b, i/d/b%c, i/d/b/c // of [a, c, b, d]
			from = append(from, ((h*b+k)*c+j)*d+l)
		}
		return Op{Kind: Swap, Dims: [4]int{a, b, c, d}, Shape: []int{a, c, b, d}}, from
	}
	for i := range n {
		from = append(from, i)
	}
	return Op{Kind: Reshape, Shape: []int{n}}, from
}

// TestViewsCompose holds views of views to the indices they stand for. Where a
// view cannot be written down, that of a plain value can.
func TestViewsCompose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 2, 6, 12, 24, 30}).Draw(t, "n")
		v := PlainView(n)
		want := elements(v)
		for range rapid.IntRange(1, 8).Draw(t, "depth") {
			op, from := drawViewOp(t, len(want))
			if len(from) > 500 {
				break
			}
			w, ok := v.through(op)
			if !ok {
				if v.Axes == 1 && v.Strides[0] == 1 {
					t.Fatalf("%v of a plain view: no view", op)
				}
				continue
			}
			next := make([]int, len(from))
			for i, f := range from {
				next[i] = want[f]
			}
			v, want = w, next
			if v.Axes > MaxAxes || !equal(elements(v), want) {
				t.Fatalf("%v gives %+v with elements %v, want %v", op, v, elements(v), want)
			}
			checkForm(t, v)
		}
	})
}

// checkForm: a view has no axis of one element and no two axes that could be one.
func checkForm(t *rapid.T, v View) {
	for k := range v.Axes {
		if v.Dims[k] == 1 && v.Axes > 1 {
			t.Fatalf("%+v has an axis of 1", v)
		}
		if k > 0 && v.Strides[k-1] == v.Dims[k]*v.Strides[k] {
			t.Fatalf("%+v could have an axis fewer", v)
		}
	}
	in := true
	for i, e := range elements(v) {
		in = in && e == v.Off+i
	}
	if v.Contiguous() != in || v.Plain() != (in && v.Off == 0) {
		t.Fatalf("%+v: Contiguous %v, Plain %v, elements %v", v, v.Contiguous(), v.Plain(), elements(v))
	}
}

func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var as []axis
		total := 1
		for range rapid.IntRange(1, 4).Draw(t, "axes") {
			a := axis{rapid.IntRange(1, 6).Draw(t, "dim"), rapid.IntRange(0, 40).Draw(t, "stride")}
			as, total = append(as, a), total*a.dim
		}
		n := rapid.IntRange(1, total).Draw(t, "n")
		whole, _ := join(3, as)
		head, tail, ok := cut(as, n)
		if !ok {
			if total%n == 0 && len(as) == 1 {
				t.Fatalf("cannot cut %v after %d", as, n)
			}
			return
		}
		h, _ := join(0, head)
		l, _ := join(3, tail)
		if h.Len() != n || n*l.Len() != total {
			t.Fatalf("cut(%v, %d) = %v, %v", as, n, head, tail)
		}
		for i := range total {
			if got := h.At(i/l.Len()) + l.At(i%l.Len()); got != whole.At(i) {
				t.Fatalf("cut(%v, %d): element %d is %d, want %d", as, n, i, got, whole.At(i))
			}
		}
	})
}

func TestJoinIsBounded(t *testing.T) {
	var as []axis
	for k := range MaxAxes + 1 {
		as = append(as, axis{2, 3 * (k + 1)})
	}
	if _, ok := join(0, as); ok {
		t.Errorf("join made a view of %d axes, at most %d fit", len(as), MaxAxes)
	}
	if v, ok := join(0, as[1:]); !ok || v.Axes != MaxAxes {
		t.Errorf("join of %d axes = %v, %v", MaxAxes, v, ok)
	}
}
