package reference

import (
	"math"

	"github.com/stillfield/stillfield/plan"
)

func matMul(op plan.Op, out Tensor, in []Tensor) {
	r := len(out.Shape)
	m, n := out.Shape[r-2], out.Shape[r-1]
	k := in[0].Shape[r-1]
	if op.TransA {
		k = in[0].Shape[r-2]
	}
	at := func(x []float64, i, j, rows, cols int, t bool) float64 {
		if t {
			return x[j*rows+i]
		}
		return x[i*cols+j]
	}
	for b := range len(out.Data) / (m * n) {
		x, y, z := in[0].Data[b*m*k:][:m*k], in[1].Data[b*k*n:][:k*n], out.Data[b*m*n:][:m*n]
		for i := range m {
			for j := range n {
				for p := range k {
					z[i*n+j] += at(x, i, p, m, k, op.TransA) * at(y, p, j, k, n, op.TransB)
				}
			}
		}
	}
}

// taps calls f for each product of a same-padded convolution: the elements of
// x [n,h,w,c], of the filter [k,k,c,o] and of y [n,h,w,o] that meet.
func taps(x, y []int, k int, f func(x, w, y int)) {
	n, h, w, c, o := x[0], x[1], x[2], x[3], y[3]
	for b := range n {
		for i := range h {
			for j := range w {
				for di := range k {
					for dj := range k {
						p, q := i+di-k/2, j+dj-k/2
						if p < 0 || p >= h || q < 0 || q >= w {
							continue
						}
						for ci := range c {
							for oi := range o {
								f(((b*h+p)*w+q)*c+ci, ((di*k+dj)*c+ci)*o+oi, ((b*h+i)*w+j)*o+oi)
							}
						}
					}
				}
			}
		}
	}
}

func conv(_ plan.Op, out Tensor, in []Tensor) {
	taps(in[0].Shape, out.Shape, in[1].Shape[0], func(x, w, y int) {
		out.Data[y] += in[0].Data[x] * in[1].Data[w]
	})
}

func convData(_ plan.Op, out Tensor, in []Tensor) {
	taps(out.Shape, in[0].Shape, in[1].Shape[0], func(x, w, y int) {
		out.Data[x] += in[0].Data[y] * in[1].Data[w]
	})
}

func convFilter(op plan.Op, out Tensor, in []Tensor) {
	taps(in[0].Shape, in[1].Shape, op.Width, func(x, w, y int) {
		out.Data[w] += in[0].Data[x] * in[1].Data[y]
	})
}

// groups calls f for each (n, group) with the elements it normalises together.
func groups(shape []int, g int, f func(elems []int)) {
	n, c := shape[0], shape[len(shape)-1]
	s := plan.Size(shape) / n / c
	for b := range n {
		for k := range g {
			var elems []int
			for p := range s {
				for ci := k * c / g; ci < (k+1)*c/g; ci++ {
					elems = append(elems, (b*s+p)*c+ci)
				}
			}
			f(elems)
		}
	}
}

// moments returns the mean and 1/√(variance + ε) of some elements of x.
func moments(x []float64, elems []int, eps float64) (mean, rstd float64) {
	for _, e := range elems {
		mean += x[e] / float64(len(elems))
	}
	var v float64
	for _, e := range elems {
		v += (x[e] - mean) * (x[e] - mean) / float64(len(elems))
	}
	return mean, 1 / math.Sqrt(v+eps)
}

// y = γ·x̂ + β, x̂ = (x − mean)/√(var + ε)
func norm(op plan.Op, out Tensor, in []Tensor) {
	x, gamma, beta := in[0].Data, in[1].Data, in[2].Data
	groups(in[0].Shape, op.Groups, func(elems []int) {
		mean, rstd := moments(x, elems, op.Imm)
		for _, e := range elems {
			c := e % len(gamma)
			out.Data[e] = gamma[c]*(x[e]-mean)*rstd + beta[c]
		}
	})
}

// With h = γ·g:  dx = rstd·(h − mean(h) − x̂·mean(h·x̂)),  dγ = Σ g·x̂,  dβ = Σ g
func normGrad(op plan.Op, out Tensor, in []Tensor) {
	x, gamma, g := in[0].Data, in[1].Data, in[2].Data
	c := len(gamma)
	dx, dgamma, dbeta := out.Data[:len(x)], out.Data[len(x):len(x)+c], out.Data[len(x)+c:]
	groups(in[0].Shape, op.Groups, func(elems []int) {
		mean, rstd := moments(x, elems, op.Imm)
		var h, hx float64
		for _, e := range elems {
			xh := (x[e] - mean) * rstd
			h += gamma[e%c] * g[e] / float64(len(elems))
			hx += gamma[e%c] * g[e] * xh / float64(len(elems))
			dgamma[e%c] += g[e] * xh
			dbeta[e%c] += g[e]
		}
		for _, e := range elems {
			dx[e] = rstd * (gamma[e%c]*g[e] - h - (x[e]-mean)*rstd*hx)
		}
	})
}

func softmax(_ plan.Op, out Tensor, in []Tensor) {
	n := out.Shape[len(out.Shape)-1]
	for r := 0; r < len(out.Data); r += n {
		softmaxRow(out.Data[r:r+n], in[0].Data[r:r+n])
	}
}

func softmaxRow(y, x []float64) {
	top, total := math.Inf(-1), 0.0
	for _, v := range x {
		top = math.Max(top, v)
	}
	for i, v := range x {
		y[i] = math.Exp(v - top)
		total += y[i]
	}
	for i := range y {
		y[i] /= total
	}
}

// heads calls f for each (n, head) with the index of coordinate d of token t in
// part (0 q, 1 k, 2 v) of qkv, and of the same in the output.
func heads(op plan.Op, qkv []int,
	f func(tokens, dim int, in func(part, t, d int) int, out func(t, d int) int)) {
	n, t, c := qkv[0], qkv[1], qkv[2]/3
	dim := c / op.Groups
	for b := range n {
		for h := range op.Groups {
			f(t, dim,
				func(part, i, d int) int { return (b*t+i)*3*c + part*c + h*dim + d },
				func(i, d int) int { return (b*t+i)*c + h*dim + d })
		}
	}
}

// scores is P = softmax(q·kᵀ/√dim) of one head.
func scores(x []float64, t, dim int, in func(part, t, d int) int) [][]float64 {
	p := make([][]float64, t)
	for i := range p {
		s := make([]float64, t)
		for j := range s {
			for d := range dim {
				s[j] += x[in(0, i, d)] * x[in(1, j, d)] / math.Sqrt(float64(dim))
			}
		}
		p[i] = make([]float64, t)
		softmaxRow(p[i], s)
	}
	return p
}

// out = P·v
func attention(op plan.Op, out Tensor, in []Tensor) {
	x := in[0].Data
	heads(op, in[0].Shape, func(t, dim int, at func(part, t, d int) int, to func(t, d int) int) {
		for i, row := range scores(x, t, dim, at) {
			for j, p := range row {
				for d := range dim {
					out.Data[to(i, d)] += p * x[at(2, j, d)]
				}
			}
		}
	})
}

// dv = Pᵀ·g,  dP = g·vᵀ,  dS = P∘(dP − rowsum(dP∘P)),  dq = dS·k/√dim,  dk = dSᵀ·q/√dim
func attentionGrad(op plan.Op, out Tensor, in []Tensor) {
	x, g, dx := in[0].Data, in[1].Data, out.Data
	heads(op, in[0].Shape, func(t, dim int, at func(part, t, d int) int, to func(t, d int) int) {
		r := 1 / math.Sqrt(float64(dim))
		for i, row := range scores(x, t, dim, at) {
			dp, mean := make([]float64, t), 0.0
			for j, p := range row {
				for d := range dim {
					dp[j] += g[to(i, d)] * x[at(2, j, d)]
					dx[at(2, j, d)] += p * g[to(i, d)]
				}
				mean += p * dp[j]
			}
			for j, p := range row {
				ds := p * (dp[j] - mean) * r
				for d := range dim {
					dx[at(0, i, d)] += ds * x[at(1, j, d)]
					dx[at(1, j, d)] += ds * x[at(0, i, d)]
				}
			}
		}
	})
}
