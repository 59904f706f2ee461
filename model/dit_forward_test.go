package model

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// The transformer is the released one, here once more in loops, as DiT's models.py has it:
// a token at a time, sums in float64.
func TestDiTForward(t *testing.T) {
	net := DiT{Width: 8, Depth: 2, Heads: 2, Patch: 2, QKNorm: true, Condition: told}
	point := []int{4, 6, 2}
	p := declare(t, net, point)
	w := make([]float32, p.Len)
	for i := range w {
		w[i] = float32(.3 * math.Cos(1.7*float64(i)))
	}
	f, err := With(Plain(net), p, "weights", w)
	if err != nil {
		t.Fatal(err)
	}
	const n = 2
	in := map[string][]float32{"u": make([]float32, n*plan.Size(point)), "t": {17.5, 800},
		"label": {1, NoLabel}}
	for i := range in["u"] {
		in["u"][i] = float32(math.Sin(float64(i)))
	}
	got := evaluated(t, f, point, n, in)
	l := loops{DiT: net, p: p, w: w, high: 2, wide: 3, c: 2}
	for k, label := range []int{1, 3} {
		u := in["u"][k*len(got)/n : (k+1)*len(got)/n]
		for i, want := range l.field(u, float64(in["t"][k]), label) {
			if x := got[k*len(got)/n+i]; math.Abs(x-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("coordinate %d of point %d is %v, want %v", i, k, x, want)
			}
		}
	}
}

// loops is a transformer in loops, for a grid of tokens of c channels.
type loops struct {
	DiT
	p             *Params
	w             []float32
	high, wide, c int
}

// get is a weight, row by row.
func (l loops) get(format string, args ...any) []float32 {
	q := l.p.List[l.p.find[fmt.Sprintf(format, args...)]]
	return l.w[q.Offset : q.Offset+q.Size()]
}

// linear is x·W + b.
func (l loops) linear(name string, x []float64) []float64 {
	weight, bias := l.get("%s.weight", name), l.get("%s.bias", name)
	y := make([]float64, len(bias))
	for j := range y {
		y[j] = float64(bias[j])
		for i, v := range x {
			y[j] += v * float64(weight[i*len(y)+j])
		}
	}
	return y
}

// each applies g to every number.
func each(x []float64, g func(v float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = g(v)
	}
	return y
}

func silu(v float64) float64 { return v / (1 + math.Exp(-v)) }

// normed is a token of mean 0 and variance 1.
func normed(x []float64, eps float64) []float64 {
	mean, square := 0., 0.
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		square += (v - mean) * (v - mean) / float64(len(x))
	}
	return each(x, func(v float64) float64 { return (v - mean) / math.Sqrt(square+eps) })
}

// told is what the network is told of a time and a class, before the last activation.
func (l loops) told(at float64, label int) []float64 {
	wave := make([]float64, 2*frequencies)
	for i := range frequencies {
		wave[i], wave[frequencies+i] = math.Sincos(at * math.Pow(10000, -float64(i)/frequencies))
	}
	e := l.linear("clock.contract", each(l.linear("clock.expand", wave), silu))
	for i := range e {
		e[i] += float64(l.get("label.table")[label*l.Width+i])
	}
	return each(e, silu)
}

// field is f(u).
func (l loops) field(u []float32, at float64, label int) []float64 {
	told, tokens := l.told(at, label), make([][]float64, l.high*l.wide)
	pixel := func(token, k int) int { // where number k of a token is in the image
		i, j := token/l.wide*l.Patch+k/(l.Patch*l.c), token%l.wide*l.Patch+k/l.c%l.Patch
		return (i*l.wide*l.Patch+j)*l.c + k%l.c
	}
	for m := range tokens {
		x := make([]float64, l.Patch*l.Patch*l.c)
		for k := range x {
			x[k] = float64(u[pixel(m, k)])
		}
		tokens[m] = l.linear("in", x)
		for k := range l.Width {
			place := []int{m % l.wide, m / l.wide}[k/(l.Width/2)]
			s, c := math.Sincos(float64(place) * math.Pow(10000, -float64(k%(l.Width/4))/float64(l.Width/4)))
			tokens[m][k] += []float64{s, c}[k/(l.Width/4)%2]
		}
	}
	for b := range l.Depth {
		l.block(fmt.Sprintf("block%d", b), tokens, told)
	}
	f := make([]float64, len(u))
	ada := l.linear("adaptive", told)
	for m, x := range tokens {
		for k, v := range l.linear("out", l.scaled(x, ada[l.Width:], ada)) {
			f[pixel(m, k)] = v
		}
	}
	return f
}

// scaled is norm(x)·(1 + scale) + shift.
func (l loops) scaled(x, scale, shift []float64) []float64 {
	y := normed(x, 1e-6)
	for i := range y {
		y[i] = y[i]*(1+scale[i]) + shift[i]
	}
	return y
}

// block changes tokens by a block: what it is told is shift, scale and gate of the
// attention, then of the two products.
func (l loops) block(name string, tokens [][]float64, told []float64) {
	ada, w, qkv := l.linear(name+".adaptive", told), l.Width, make([][]float64, len(tokens))
	for m, x := range tokens {
		qkv[m] = l.linear(name+".attention.qkv", l.scaled(x, ada[w:], ada))
		for h := range l.Heads {
			l.learnt(name+".attention.query", l.head(qkv[m], 0, h))
			l.learnt(name+".attention.key", l.head(qkv[m], 1, h))
		}
	}
	for m, x := range tokens {
		y := make([]float64, w)
		for h := range l.Heads {
			l.attend(l.head(y, 0, h), qkv, m, h)
		}
		for i, v := range l.linear(name+".attention.out", y) {
			x[i] += ada[2*w+i] * v
		}
	}
	for _, x := range tokens {
		y := each(l.linear(name+".expand", l.scaled(x, ada[4*w:], ada[3*w:])), func(v float64) float64 {
			return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
		})
		for i, v := range l.linear(name+".contract", y) {
			x[i] += ada[5*w+i] * v
		}
	}
}

// head is what head h has of part k of x.
func (l loops) head(x []float64, k, h int) []float64 {
	d := l.Width / l.Heads
	return x[k*l.Width+h*d : k*l.Width+(h+1)*d]
}

// learnt normalises x in place, with a learnt scale and shift.
func (l loops) learnt(name string, x []float64) {
	for i, v := range normed(x, 1e-5) {
		x[i] = v*float64(l.get("%s.scale", name)[i]) + float64(l.get("%s.shift", name)[i])
	}
}

// attend is what token m takes from all the others in head h.
func (l loops) attend(y []float64, qkv [][]float64, m, h int) {
	scores, total := make([]float64, len(qkv)), 0.
	for o := range qkv {
		for i, q := range l.head(qkv[m], 0, h) {
			scores[o] += q * l.head(qkv[o], 1, h)[i] / math.Sqrt(float64(len(y)))
		}
		scores[o] = math.Exp(scores[o])
		total += scores[o]
	}
	for o, s := range scores {
		for i := range y {
			y[i] += s / total * l.head(qkv[o], 2, h)[i]
		}
	}
}
