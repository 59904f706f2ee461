package bf16

// A Packer rounds float32 and makes words: pairs of bfloat16, the first in the lower half. Every packer
// makes the same bits.
type Packer struct {
	round  vectorFunc // to bfloat16
	settle vectorFunc // to float32
	couple pairFunc
	join   pairFunc
}

// PackerOf is the packer of a form that Forms lists.
func PackerOf(f Form) *Packer { return packerOf(f) }

// Round sets dst to src rounded; dst is as long as src.
func (p *Packer) Round(dst []uint16, src []float32) {
	n := p.round.do(addr(dst), addr(src), len(src))
	for i, x := range src[n:] {
		dst[n+i] = Round(x)
	}
}

// Settle sets dst to src rounded to bfloat16, as float32: to operands of a product in float32.
func (p *Packer) Settle(dst, src []float32) {
	n := p.settle.do(addr(dst), addr(src), len(src))
	for i, x := range src[n:] {
		dst[n+i] = Float(Round(x))
	}
}

// Couple sets dst to the words of two rows, rounded; where odd is nil it counts as zeros. dst is as long as
// even.
func (p *Packer) Couple(dst []uint32, even, odd []float32) {
	if odd == nil {
		for i, x := range even {
			dst[i] = uint32(Round(x))
		}
		return
	}
	n := p.couple.do(addr(dst), addr(even), addr(odd), min(len(even), len(odd)))
	for i, x := range even[n:] {
		dst[n+i] = uint32(Round(x)) | uint32(Round(odd[n+i]))<<16
	}
}

// Join is Couple of rows that are bfloat16.
func (p *Packer) Join(dst []uint32, even, odd []uint16) {
	if odd == nil {
		for i, x := range even {
			dst[i] = uint32(x)
		}
		return
	}
	n := p.join.do(addr(dst), addr(even), addr(odd), min(len(even), len(odd)))
	for i, x := range even[n:] {
		dst[n+i] = uint32(x) | uint32(odd[n+i])<<16
	}
}
