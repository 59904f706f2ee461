package kernels

import (
	"math"
	"unsafe"

	"github.com/stillfield/stillfield/plan/philox"
)

// drawArgs is 16 Philox blocks: counters (block, sample, purpose) under keys,
// the round keys of the seed.
type drawArgs struct {
	keys         [20]uint32
	block        uint32
	low, high    uint32
	purpose      uint32 // with the number of the draw: philox.Draw
	seed, sample uint64
}

// drawGo writes the numbers of 16·groups blocks, 64 to a group: uniforms, or
// normals by Box and Muller in float32.
func drawGo(dst *float32, groups int, d *drawArgs, normal bool) {
	out := unsafe.Slice(dst, lanes*groups)
	for i := 0; i < len(out); i += 4 {
		w := philox.Words(d.seed, d.sample, d.purpose, d.block+uint32(i/4))
		if !normal {
			for j, u := range w {
				out[i+j] = philox.Uniform(u)
			}
			continue
		}
		out[i], out[i+1] = normalPair(w[0], w[1])
		out[i+2], out[i+3] = normalPair(w[2], w[3])
	}
}

// nearOne is 2³²·√½. From there on ln u is computed as ln(1 − (1−u)), for float32 would
// lose the digits of a u near 1.
const nearOne = 0xB504F334

// normalPair is two standard normal numbers by Box and Muller (1958),
// √(−2 ln u)·(cos 2πv, sin 2πv) with u = (a+½)·2⁻³² and v = b·2⁻³². The upper two bits
// of b, rounded, are the quarter of the circle, and the rest is an angle within ±π/4,
// so that no digit is lost to the size of the angle.
func normalPair(a, b uint32) (x, y float32) {
	var f, e float32
	if a >= nearOne {
		f = -(float32(^a) + 0.5) * 0x1p-32
	} else {
		f, e = mantissa((float32(a) + 0.5) * 0x1p-32)
	}
	r := float32(math.Sqrt(float64(-2 * logParts(f, e))))
	j := (b + 1<<29) >> 30
	t := float32(int32(b-j<<30)) * (2 * math.Pi * 0x1p-32)
	return r * sinQuadrant(t, int32(j+1)), r * sinQuadrant(t, int32(j))
}
