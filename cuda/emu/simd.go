package emu

// vectorRows are the row functions that take most of the time of most kernels.
// The Go forms are the definition; simd_amd64.s holds the same for AVX2, and
// product_amd64.s for AVX-512, equal bit for bit.
type vectorRows struct {
	add, sub, mul, div, fma rowFunc
	tile                    func(c *[16][8]float32, a *[16][16]float32, b *[16][8]float32, k int)
	product                 func(w *warp, s *mmaShape) bool // false: left to multiply
	addresses               func(ea, row *[lanes]uint64, off, n uint64) reach
}

var plain32 = vectorRows{
	add: addF32, sub: subF32, mul: mulF32, div: divF32, fma: fmaF32, tile: tilePlain, addresses: surveyPlain,
}

// vector32 is the form in use.
var vector32 = plain32

// tilePlain adds a·b to c, product by product.
func tilePlain(c *[16][8]float32, a *[16][16]float32, b *[16][8]float32, k int) {
	for i := range c {
		multiplyRow(&c[i], &a[i], b, k)
	}
}
