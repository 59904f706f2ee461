package kernels

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/plan"
)

// goBlocks is the pure Go form of the pointwise primitives.
var goBlocks = [plan.Less + 1]Block{
	plan.Scale: unary(func(x, imm float32) float32 { return imm * x }),
	plan.Shift: unary(func(x, imm float32) float32 { return x + imm }),
	plan.Fill: func(dst, _, _ *float32, n int, imm float32) {
		d := unsafe.Slice(dst, n)
		for i := range d {
			d[i] = imm
		}
	},
	plan.Exp:     unary(func(x, _ float32) float32 { return exp32(x) }),
	plan.Log:     unary(func(x, _ float32) float32 { return log32(x) }),
	plan.Sqrt:    unary(func(x, _ float32) float32 { return float32(math.Sqrt(float64(x))) }),
	plan.Recip:   unary(func(x, _ float32) float32 { return 1 / x }),
	plan.Sin:     unary(func(x, _ float32) float32 { return sin32(x) }),
	plan.Cos:     unary(func(x, _ float32) float32 { return cos32(x) }),
	plan.Tanh:    unary(func(x, _ float32) float32 { return tanh32(x) }),
	plan.Sigmoid: unary(func(x, _ float32) float32 { return sigmoid32(x) }),
	plan.SiLU:    unary(func(x, _ float32) float32 { return silu32(x) }),

	plan.Add: binary(func(x, y float32) float32 { return x + y }),
	plan.Sub: binary(func(x, y float32) float32 { return x - y }),
	plan.Mul: binary(func(x, y float32) float32 { return x * y }),
	plan.Div: binary(func(x, y float32) float32 { return x / y }),
	plan.Min: binary(func(x, y float32) float32 {
		if x != x || y != y {
			return x + y
		}
		return minps(x, y)
	}),
	plan.Max: binary(func(x, y float32) float32 {
		if x != x || y != y {
			return x + y
		}
		return maxps(x, y)
	}),
	plan.Less: binary(func(x, y float32) float32 {
		if x < y {
			return 1
		}
		return 0
	}),
}

// unary is f on each element of a block.
func unary(f func(x, imm float32) float32) Block {
	return func(dst, a, _ *float32, n int, imm float32) {
		d, x := unsafe.Slice(dst, n), unsafe.Slice(a, n)
		for i, v := range x {
			d[i] = f(v, imm)
		}
	}
}

// binary is f on each pair of elements of two blocks.
func binary(f func(x, y float32) float32) Block {
	return func(dst, a, b *float32, n int, _ float32) {
		d, x, y := unsafe.Slice(dst, n), unsafe.Slice(a, n), unsafe.Slice(b, n)
		for i, v := range x {
			d[i] = f(v, y[i])
		}
	}
}
