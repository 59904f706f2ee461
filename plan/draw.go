package plan

// DrawLen is how many numbers tell Uniform and Normal what a row draws.
const DrawLen = 3

// DrawRow returns one row of the operand [n, DrawLen] of Uniform and Normal: the
// row's elements are those that the sample of that number, below 2⁴⁸, draws for
// the draw-th time, draw below 2²⁴. Each number is whole and less than 2²⁴, so a
// float32 holds it exactly.
func DrawRow(sample uint64, draw uint32) [DrawLen]float32 {
	return [DrawLen]float32{float32(sample & (1<<24 - 1)), float32(sample >> 24), float32(draw)}
}

// DrawRows fills dst [n, DrawLen] with the rows of n samples in order from first
// on, each at the given draw. What a device draws from them costs the host 12
// bytes a sample.
func DrawRows(dst []float32, first uint64, draw uint32) {
	for i := range len(dst) / DrawLen {
		row := DrawRow(first+uint64(i), draw)
		copy(dst[i*DrawLen:], row[:])
	}
}
