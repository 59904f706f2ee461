package kernels

import "github.com/stillfield/stillfield/plan/philox"

// A Drawer makes the numbers of one (seed, purpose): those of plan's Uniform,
// bit for bit those of package philox, or of Normal, within 8·2⁻²⁴ of them in
// relative terms.
type Drawer struct {
	v       *Vec
	normal  bool
	seed    uint64
	purpose uint32
	keys    [20]uint32
}

// NewDrawer returns the drawer of a seed and purpose.
func (v *Vec) NewDrawer(normal bool, seed uint64, purpose uint32) *Drawer {
	d := &Drawer{v: v, normal: normal, seed: seed, purpose: purpose}
	k0, k1 := uint32(seed), uint32(seed>>32)
	for i := 0; i < len(d.keys); i += 2 {
		d.keys[i], d.keys[i+1] = k0, k1
		k0, k1 = k0+0x9E3779B9, k1+0xBB67AE85
	}
	return d
}

// Fill sets dst to elements e, e+1, … of what a sample draws for the draw-th time,
// e ≥ 0. An element is the same wherever the range begins and ends.
func (d *Drawer) Fill(dst []float32, sample uint64, draw uint32, e int) {
	a := drawArgs{keys: d.keys, low: uint32(sample), high: uint32(sample >> 32),
		purpose: philox.Draw(d.purpose, draw), seed: d.seed, sample: sample}
	var odd [lanes]float32
	for len(dst) > 0 {
		a.block = uint32(e / 4)
		skip := e % 4
		if groups := len(dst) / lanes; skip == 0 && groups > 0 {
			d.v.draw(&dst[0], groups, &a, d.normal)
			dst, e = dst[groups*lanes:], e+groups*lanes
			continue
		}
		d.v.draw(&odd[0], 1, &a, d.normal)
		n := copy(dst, odd[skip:])
		dst, e = dst[n:], e+n
	}
}
