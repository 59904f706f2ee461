package onnxrun

import (
	"math"
	"slices"

	"github.com/stillfield/stillfield/plan"
)

// others are the operators that are not pointwise.
var others map[string]func(n node) Array

func init() {
	others = map[string]func(n node) Array{
		"Reshape": reshape, "Expand": expand, "Slice": slice, "Transpose": transpose, "Concat": concat,
		"Squeeze": squeeze, "Unsqueeze": unsqueeze, "Shape": shape,
		"ReduceSum": reduceSum, "ReduceMean": reduceMean, "MatMul": matMul, "Softmax": softmax,
		"LayerNormalization": layerNorm, "Conv": conv, "ConvTranspose": conv,
	}
}

func reshape(n node) Array {
	x, to := n.in[0], n.whole(1)
	for i, d := range to {
		if d == -1 {
			to[i] = 1
			to[i] = len(x.Data) / plan.Size(to)
		}
	}
	return Array{to, x.Data}
}

func expand(n node) Array {
	to := n.whole(1)
	like := Array{to, make([]float64, plan.Size(to))}
	return broadcast(n.in[0], like, func(x, _ float64) float64 { return x })
}

func slice(n node) Array {
	x, from, to, axis := n.in[0], n.whole(1)[0], n.whole(2)[0], n.whole(3)[0]
	y := Array{Shape: slices.Clone(x.Shape)}
	y.Shape[axis] = to - from
	places(x.Shape, func(k int, at []int) {
		if from <= at[axis] && at[axis] < to {
			y.Data = append(y.Data, x.Data[k])
		}
	})
	return y
}

func transpose(n node) Array {
	x, perm := n.in[0], n.attr("perm", 0).Ints
	y := Array{make([]int, len(perm)), make([]float64, len(x.Data))}
	for i, a := range perm {
		y.Shape[i] = x.Shape[a]
	}
	from := make([]int, len(perm))
	places(y.Shape, func(k int, at []int) {
		for i, a := range perm {
			from[a] = at[i]
		}
		y.Data[k] = x.Data[repeated(x.Shape, from)]
	})
	return y
}

func concat(n node) Array {
	axis := int(n.attr("axis", 0).Int)
	y := Array{Shape: slices.Clone(n.in[0].Shape)}
	y.Shape[axis] = 0
	for _, x := range n.in {
		y.Shape[axis] += x.Shape[axis]
	}
	for o := range plan.Size(y.Shape[:axis]) {
		for _, x := range n.in {
			w := plan.Size(x.Shape[axis:])
			y.Data = append(y.Data, x.Data[o*w:(o+1)*w]...)
		}
	}
	return y
}

func squeeze(n node) Array {
	axis := n.whole(1)[0]
	return Array{slices.Delete(slices.Clone(n.in[0].Shape), axis, axis+1), n.in[0].Data}
}

func unsqueeze(n node) Array {
	return Array{slices.Insert(slices.Clone(n.in[0].Shape), n.whole(1)[0], 1), n.in[0].Data}
}

func shape(n node) Array {
	part := n.in[0].Shape[n.attr("start", 0).Int:n.attr("end", 0).Int]
	y := Array{Shape: []int{len(part)}}
	for _, d := range part {
		y.Data = append(y.Data, float64(d))
	}
	return y
}

func reduceSum(n node) Array { return reduce(n.in[0], n.whole(1), n.attr("keepdims", 1).Int == 1) }

func reduceMean(n node) Array {
	var axes []int
	count := 1.
	for _, a := range n.attr("axes", 0).Ints {
		axes, count = append(axes, int(a)), count*float64(n.in[0].Shape[a])
	}
	y := reduce(n.in[0], axes, true)
	for i := range y.Data {
		y.Data[i] /= count
	}
	return y
}

// reduce sums over axes.
func reduce(x Array, axes []int, keep bool) Array {
	kept := slices.Clone(x.Shape)
	for _, a := range axes {
		kept[a] = 1
	}
	y := Array{kept, make([]float64, plan.Size(kept))}
	places(x.Shape, func(k int, at []int) { y.Data[repeated(kept, at)] += x.Data[k] })
	if !keep {
		y.Shape = nil
		for a, d := range x.Shape {
			if !slices.Contains(axes, a) {
				y.Shape = append(y.Shape, d)
			}
		}
	}
	return y
}

// matMul is the product of the last two axes; those before are the same in both.
func matMul(n node) Array {
	x, y := n.in[0], n.in[1]
	r := len(x.Shape)
	m, k, o := x.Shape[r-2], x.Shape[r-1], y.Shape[r-1]
	if y.Shape[r-2] != k || !slices.Equal(x.Shape[:r-2], y.Shape[:r-2]) {
		panic("MatMul of shapes that do not go together")
	}
	z := Array{append(slices.Clone(x.Shape[:r-1]), o), make([]float64, len(x.Data)/k*o)}
	for row := range len(x.Data) / k {
		for p := range k {
			for j := range o {
				z.Data[row*o+j] += x.Data[row*k+p] * y.Data[(row/m*k+p)*o+j]
			}
		}
	}
	return z
}

func softmax(n node) Array {
	y := Array{n.in[0].Shape, slices.Clone(n.in[0].Data)}
	for row := range slices.Chunk(y.Data, y.Shape[len(y.Shape)-1]) {
		sum, largest := 0., slices.Max(row)
		for i, v := range row {
			row[i] = math.Exp(v - largest)
			sum += row[i]
		}
		for i := range row {
			row[i] /= sum
		}
	}
	return y
}

func layerNorm(n node) Array {
	y := Array{n.in[0].Shape, slices.Clone(n.in[0].Data)}
	eps := float64(*n.attr("epsilon", 0).Float)
	for row := range slices.Chunk(y.Data, plan.Size(y.Shape[n.attr("axis", -1).Int:])) {
		mean, square := 0., 0.
		for _, v := range row {
			mean += v / float64(len(row))
		}
		for _, v := range row {
			square += (v - mean) * (v - mean) / float64(len(row))
		}
		for i, v := range row {
			row[i] = (v-mean)/math.Sqrt(square+eps)*n.in[1].Data[i] + n.in[2].Data[i]
		}
	}
	return y
}

// conv is Conv with filters [o, c, k, k], and ConvTranspose with filters [c, o, k, k], of
// images [n, c, h, w], with as many zeros around as keep the sides: of the second the filter is
// that of the first, turned.
func conv(n node) Array {
	x, f, k := n.in[0], n.in[1], n.in[1].Shape[2]
	turned := n.Op == "ConvTranspose"
	c, o := f.Shape[1], f.Shape[0]
	if turned {
		c, o = o, c
	}
	y := Array{[]int{x.Shape[0], o, x.Shape[2], x.Shape[3]}, nil}
	y.Data = make([]float64, plan.Size(y.Shape))
	places([]int{x.Shape[0], o, x.Shape[2], x.Shape[3], c, k, k}, func(_ int, at []int) {
		b, oi, i, j, ci, di, dj := at[0], at[1], at[2], at[3], at[4], at[5], at[6]
		p, q, filter := i+di-k/2, j+dj-k/2, []int{oi, ci, di, dj}
		if turned {
			p, q, filter = i-di+k/2, j-dj+k/2, []int{ci, oi, di, dj}
		}
		if 0 <= p && p < x.Shape[2] && 0 <= q && q < x.Shape[3] {
			y.Data[repeated(y.Shape, []int{b, oi, i, j})] += x.Data[repeated(x.Shape, []int{b, ci, p, q})] *
				f.Data[repeated(f.Shape, filter)]
		}
	})
	return y
}
