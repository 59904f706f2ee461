package philox

import (
	"math"
	"testing"
)

// The known answers of Random123's kat_vectors for philox4x32 with 10 rounds.
func TestBlock(t *testing.T) {
	const all = math.MaxUint32
	for _, tt := range []struct {
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{all, all, all, all}, [2]uint32{all, all},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Block(tt.ctr, tt.key); got != tt.want {
			t.Errorf("Block(%08x, %08x) = %08x, want %08x", tt.ctr, tt.key, got, tt.want)
		}
	}
}

// The map to (0, 1) is exact and stays inside at both ends.
func TestUniform(t *testing.T) {
	for _, tt := range []struct {
		w    uint32
		want float32
	}{{0, 0x1p-24}, {1<<9 - 1, 0x1p-24}, {1 << 9, 3 * 0x1p-24}, {1 << 31, .5 + 0x1p-24},
		{math.MaxUint32, 1 - 0x1p-24}} {
		if got := Uniform(tt.w); got != tt.want {
			t.Errorf("Uniform(%#x) = %v, want %v", tt.w, got, tt.want)
		}
	}
}

// Sample s is the same alone and beside others, and its moments are those of a
// standard normal within five standard errors: n = 2¹⁶ draws, so 5/√n of the
// mean and 5·√(2/n) of the variance. Other seeds, samples and purposes differ.
func TestNormals(t *testing.T) {
	const n = 1 << 16
	x := make([]float32, n)
	Normals(x, 7, 1<<33, Noise)
	var mean, square float64
	for _, v := range x {
		mean += float64(v) / n
		square += float64(v) * float64(v) / n
	}
	if math.Abs(mean) > 5/math.Sqrt(n) || math.Abs(square-1) > 5*math.Sqrt(2.0/n) {
		t.Errorf("mean %v, mean square %v", mean, square)
	}
	part := make([]float32, 6) // not a whole number of blocks
	Normals(part, 7, 1<<33, Noise)
	for i, v := range part {
		if v != x[i] {
			t.Errorf("element %d is %v in a short sample and %v in a long one", i, v, x[i])
		}
	}
	for name, f := range map[string]func(){
		"seed":    func() { Normals(part, 7|1<<40, 1<<33, Noise) },
		"sample":  func() { Normals(part, 7, 1, Noise) },
		"purpose": func() { Normals(part, 7, 1<<33, Start) },
	} {
		if f(); part[0] == x[0] || part[5] == x[5] {
			t.Errorf("another %s gives the same numbers", name)
		}
	}
}

// Draw 0 of a purpose is the purpose itself, and no two draws of two purposes
// share a word.
func TestDraw(t *testing.T) {
	seen := map[uint32]bool{}
	for _, purpose := range []uint32{Level, Noise, Start, Fresh, Purposes - 1} {
		if w := Draw(purpose, 0); w != purpose {
			t.Errorf("draw 0 of purpose %d is %d", purpose, w)
		}
		for _, draw := range []uint32{0, 1, 2, 255, 256, 1<<24 - 1} {
			w := Draw(purpose, draw)
			if seen[w] {
				t.Errorf("draw %d of purpose %d is another's", draw, purpose)
			}
			seen[w] = true
		}
	}
}
