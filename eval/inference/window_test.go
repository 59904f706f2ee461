package inference

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/format/onnx"
)

// along is a window along one axis, by the text of the specification.
type along struct{ size, stride, dilation, before, after, from int }

func drawAlong(t *rapid.T, name string, dilated bool) along {
	a := along{dilation: 1, size: rapid.IntRange(1, 5).Draw(t, name+" size"),
		stride: rapid.IntRange(1, 3).Draw(t, name+" stride"), from: rapid.IntRange(1, 12).Draw(t, name)}
	a.before = rapid.IntRange(0, a.size-1).Draw(t, name+" before")
	a.after = rapid.IntRange(0, a.size-1).Draw(t, name+" after")
	if dilated {
		a.dilation = rapid.IntRange(1, 2).Draw(t, name+" dilation")
	}
	if a.from+a.before+a.after < a.wide() {
		t.Skip("no window fits")
	}
	return a
}

func (a along) wide() int { return (a.size-1)*a.dilation + 1 }
func (a along) to() int   { return (a.from+a.before+a.after-a.wide())/a.stride + 1 }

// pixel is that of the image which output o has as its k-th.
func (a along) pixel(o, k int) (int, bool) {
	at := o*a.stride + k*a.dilation - a.before
	return at, 0 <= at && at < a.from
}

func windowAttrs(h, w along) []onnx.Attr {
	return []onnx.Attr{ints("kernel_shape", int64(h.size), int64(w.size)),
		ints("strides", int64(h.stride), int64(w.stride)),
		ints("pads", int64(h.before), int64(w.before), int64(h.after), int64(w.after))}
}

// A convolution is its definition, of any window, stride, dilation, padding and groups.
func TestConv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w := drawAlong(t, "rows", true), drawAlong(t, "columns", true)
		groups := rapid.IntRange(1, 3).Draw(t, "groups")
		c, o := rapid.IntRange(1, 3).Draw(t, "c"), rapid.IntRange(1, 3).Draw(t, "o")
		f := wave(groups*o*c*h.size*w.size, 1.7)
		bias := wave(groups*o, .3)
		x := wave(groups*c*h.from*w.from, .9)
		attrs := append(windowAttrs(h, w), whole("group", groups),
			ints("dilations", int64(h.dilation), int64(w.dilation)))
		got := outputs(t, one(onnx.Node{Op: "Conv", Attrs: attrs}, port("x", groups*c, h.from, w.from),
			onnx.Tensor{Name: "f", Shape: []int{groups * o, c, h.size, w.size}, Floats: f},
			onnx.Tensor{Name: "b", Shape: []int{groups * o}, Floats: bias}), 1, 1, x)
		for k := range groups * o {
			for p := range h.to() {
				for q := range w.to() {
					want := float64(bias[k])
					for l := range c {
						for i := range h.size {
							for j := range w.size {
								r, inRows := h.pixel(p, i)
								s, inColumns := w.pixel(q, j)
								if inRows && inColumns {
									channel := k/o*c + l
									want += float64(x[(channel*h.from+r)*w.from+s]) *
										float64(f[((k*c+l)*h.size+i)*w.size+j])
								}
							}
						}
					}
					if g := got[(k*h.to()+p)*w.to()+q]; math.Abs(float64(g)-want) > 1e-4 {
						t.Fatalf("output %d at %d, %d is %v, want %v", k, p, q, g, want)
					}
				}
			}
		}
	})
}

// A pool is its definition, with and without the padding in a mean.
func TestPool(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, w := drawAlong(t, "rows", false), drawAlong(t, "columns", false)
		op := rapid.SampledFrom([]string{"MaxPool", "AveragePool"}).Draw(t, "op")
		padded := op == "AveragePool" && rapid.Bool().Draw(t, "padded")
		x := wave(2*h.from*w.from, .9)
		attrs := windowAttrs(h, w)
		if padded {
			attrs = append(attrs, whole("count_include_pad", 1))
		}
		got := outputs(t, one(onnx.Node{Op: op, Attrs: attrs}, port("x", 2, h.from, w.from)), 1, 1, x)
		for at, g := range got {
			c, p, q := at/(h.to()*w.to()), at/w.to()%h.to(), at%w.to()
			sum, most, n := 0., math.Inf(-1), 0
			for i := range h.size {
				for j := range w.size {
					r, inRows := h.pixel(p, i)
					s, inColumns := w.pixel(q, j)
					if inRows && inColumns {
						v := float64(x[(c*h.from+r)*w.from+s])
						sum, most, n = sum+v, max(most, v), n+1
					}
				}
			}
			want := most
			if padded {
				want = sum / float64(h.size*w.size)
			} else if op == "AveragePool" {
				want = sum / float64(n)
			}
			if math.Abs(float64(g)-want) > 1e-5 {
				t.Fatalf("%s: output %d of %v and %v is %v, want %v", op, at, h, w, g, want)
			}
		}
	})
}
