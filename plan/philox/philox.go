// Package philox is the engine's source of randomness: Philox4x32-10 of Salmon
// et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011), a bijection
// of a 128-bit counter under a 64-bit key. There is no state: the numbers of
// sample s are a function of (seed, s, purpose, draw) and can be made anywhere, in any
// order, by any device.
package philox

import "math"

// Purposes keep the random numbers of one sample apart.
const (
	Level   uint32 = 1 + iota // noise level t
	Noise                     // noise ε of training
	Start                     // noise a sampler starts from
	Weights                   // initial weights
	Order                     // order of the data
	Augment                   // random changes of the data
	Fresh                     // noise a sampler adds on its way
	Label                     // whether training withholds a label
	Metric                    // what a metric draws
	Meter                     // points and directions that a trained field is measured at

	Purposes = 1 << 8 // every purpose is below
)

// Draw is the word that tells apart what one sample draws for one purpose, draw
// after draw: draw 0 is the purpose itself, and there are 2²⁴ of them.
func Draw(purpose, draw uint32) uint32 { return purpose | draw<<8 }

const (
	m0, m1 = 0xD2511F53, 0xCD9E8D57
	w0, w1 = 0x9E3779B9, 0xBB67AE85
	rounds = 10
)

// Block is the cipher: ten rounds on ctr under key.
func Block(ctr [4]uint32, key [2]uint32) [4]uint32 {
	for range rounds {
		p0, p1 := uint64(ctr[0])*m0, uint64(ctr[2])*m1
		ctr = [4]uint32{uint32(p1>>32) ^ ctr[1] ^ key[0], uint32(p1),
			uint32(p0>>32) ^ ctr[3] ^ key[1], uint32(p0)}
		key[0] += w0
		key[1] += w1
	}
	return ctr
}

// Words returns the words of block b of sample s: counter (b, s, draw), key seed.
// draw is a purpose, for draw 0, or what Draw makes of one.
func Words(seed, s uint64, draw, b uint32) [4]uint32 {
	return Block([4]uint32{b, uint32(s), uint32(s >> 32), draw}, [2]uint32{uint32(seed), uint32(seed >> 32)})
}

// Uniform maps a word to (0, 1): (⌊w/2⁹⌋ + ½)·2⁻²³, exact in float32.
func Uniform(w uint32) float32 { return (float32(w>>9) + 0.5) * 0x1p-23 }

// NormalPair is Box–Muller: √(−2 ln u)·(cos 2πv, sin 2πv) with u = (a+½)·2⁻³²
// and v = b·2⁻³², in float64; devices agree within float32 rounding.
func NormalPair(a, b uint32) (float64, float64) {
	r := math.Sqrt(-2 * math.Log((float64(a)+0.5)*0x1p-32))
	s, c := math.Sincos(2 * math.Pi * float64(b) * 0x1p-32)
	return r * c, r * s
}

// Normals fills dst with the standard normals of sample s: element e is the
// (e mod 4)-th number of block e/4; words 0, 1 make the first pair, 2, 3 the second.
func Normals(dst []float32, seed, s uint64, draw uint32) {
	for e := 0; e < len(dst); e += 4 {
		w := Words(seed, s, draw, uint32(e/4))
		var q [4]float64
		q[0], q[1] = NormalPair(w[0], w[1])
		q[2], q[3] = NormalPair(w[2], w[3])
		for j := e; j < min(e+4, len(dst)); j++ {
			dst[j] = float32(q[j-e])
		}
	}
}
