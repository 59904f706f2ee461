package bf16

import (
	"math"
	"unsafe"
)

// goKernel is the definition of even-odd in Go.
var goKernel = Kernel{Do: defineBlock, Rows: 4, Steps: 16}

// defineBlock computes a block, element by element.
func defineBlock(b *Block) {
	for l := range b.Lines {
		for i := range b.M {
			a := unsafe.Add(b.A, l*b.LineA+i*b.RowA)
			c := unsafe.Slice((*float32)(unsafe.Add(b.C, l*b.LineC+i*b.RowC)), b.N)
			for j := range c {
				var sum float32
				switch {
				case b.Add:
					sum = c[j]
				case b.Bias != nil:
					sum = *(*float32)(unsafe.Add(b.Bias, 4*j))
				}
				column := unsafe.Add(b.B, j/PanelColumns*b.PanelB+j%PanelColumns*4)
				for s := range b.Segments {
					for t := range b.Steps {
						x := (*[StepK]uint16)(unsafe.Add(a, s*b.SegmentA+t*2*StepK))
						sum = addStep(sum, x, unsafe.Add(column, (s*b.Steps+t)*StepBytes))
					}
				}
				c[j] = sum
			}
		}
	}
}

// Sum is c plus the products of a and b, in the order of the class. It is the definition of what a
// micro-kernel makes of one row and one column, and slow. a and b are as long, whole steps of k.
func (class Class) Sum(c float32, a, b []uint16) float32 {
	for t := 0; t < len(a); t += StepK {
		var e, o float32
		for k := t; k < t+StepK; k += 2 {
			if class == Pairwise {
				c = fma(Float(a[k+1]), Float(b[k+1]), flush(c))
				c = fma(Float(a[k]), Float(b[k]), c)
			} else {
				e, o = fma(Float(a[k]), Float(b[k]), e), fma(Float(a[k+1]), Float(b[k+1]), o)
			}
		}
		if class == EvenOdd {
			c = flush(flush(c) + flush(e+o))
		}
	}
	return c
}

// addStep is c + (e + o) of one step: even and odd products summed apart. word is the first pair of a
// column of a panel.
func addStep(c float32, a *[StepK]uint16, word unsafe.Pointer) float32 {
	var e, o float32
	for k := 0; k < StepK; k += 2 {
		w := *(*uint32)(unsafe.Add(word, k/2*PairBytes))
		e = fma(Float(a[k]), Float(uint16(w)), e)
		o = fma(Float(a[k+1]), Float(uint16(w>>16)), o)
	}
	return flush(flush(c) + flush(e+o))
}

// fma is x·y + z rounded once to float32, where x and y are numbers of bfloat16: zero where that is
// denormal. The product has 16 bits, so its sum with the 24 bits of z is exact in float64, or one of the two
// is too small to move the other: no rounding happens twice.
func fma(x, y, z float32) float32 {
	s := float64(x)*float64(y) + float64(z)
	r := float32(s)
	if r-r != 0 || math.Abs(s) >= 0x1.ffffffp-127 { // what rounds to 2⁻¹²⁶ is not denormal
		return r
	}
	return float32(math.Copysign(0, s))
}
