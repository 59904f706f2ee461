package geometry

import (
	"math"

	"github.com/stillfield/stillfield/meter"
	"github.com/stillfield/stillfield/plan/philox"
)

// normals is n standard normals of sample s, a function of its arguments alone.
func normals(n int, seed, s uint64, draw int) []float64 {
	single := make([]float32, n)
	philox.Normals(single, seed, s, philox.Draw(philox.Noise, uint32(draw)))
	z := make([]float64, n)
	for i, v := range single {
		z[i] = float64(v)
	}
	return z
}

// pick is one of k things, drawn evenly for sample s.
func pick(k int, seed, s uint64) int {
	return int(float64(philox.Uniform(philox.Words(seed, s, philox.Order, 0)[0])) * float64(k))
}

// root is the root of a mean square, with its standard error.
func root(squares []float64) meter.Estimate { return meter.Mean(squares).Root() }

func norm(v []float64) float64 {
	var square float64
	for _, x := range v {
		square += x * x
	}
	return math.Sqrt(square)
}

// spaced is n numbers from lo to hi, evenly apart.
func spaced(lo, hi float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = lo + (hi-lo)*float64(i)/float64(n-1)
	}
	return x
}

// geometric is n numbers from lo to hi in equal ratios.
func geometric(lo, hi float64, n int) []float64 {
	x := spaced(math.Log(lo), math.Log(hi), n)
	for i, v := range x {
		x[i] = math.Exp(v)
	}
	return x
}
