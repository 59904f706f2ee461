package amxemu

import (
	"encoding/binary"
	"fmt"
	"math"
)

// quietNaN is the NaN that every operation with a NaN, or without a value, gives here.
const quietNaN = 0x7fc00000

// dotBF16 is TDPBF16PS. With C [m, n] of float32, A [m, 2k] and B [k, n] of pairs of bfloat16,
//
//	even[j] = Σ_k A[i, 2k]·B[k, 2j],   odd[j] = Σ_k A[i, 2k+1]·B[k, 2j+1]
//	C[i, j] = C[i, j] + (even[j] + odd[j])
//
// where each sum is a chain of fused multiply-adds from zero, k upwards.
func (t *Tiles) dotBF16(in Instruction) error {
	if in.Tile == in.A || in.Tile == in.B || in.A == in.B {
		return fmt.Errorf("tiles %d, %d and %d are not three: %w", in.Tile, in.A, in.B, ErrUndefined)
	}
	var d [3]*tile
	for i, n := range [3]int{in.Tile, in.A, in.B} {
		var err error
		if d[i], err = t.valid(n); err != nil {
			return err
		}
	}
	c, a, b := d[0], d[1], d[2]
	if c.rows != a.rows || c.colBytes != b.colBytes || a.colBytes != 4*b.rows {
		return fmt.Errorf("rows×bytes of C, A, B are %d×%d, %d×%d, %d×%d, want m×4n, m×4k, k×4n: %w",
			c.rows, c.colBytes, a.rows, a.colBytes, b.rows, b.colBytes, ErrUndefined)
	}
	rows, plainB := b.numbers()
	left, plainA := a.numbers()
	for i := range c.rows {
		var sums [rowSize / 2]float32 // even and odd in turn
		if plainA && plainB {
			addPlain(&sums, left[i][:a.colBytes/2], &rows)
		} else {
			add(&sums, left[i][:a.colBytes/2], &rows)
		}
		addTo(c.data[i*rowSize:][:c.colBytes], &sums)
		clear(c.data[i*rowSize+c.colBytes:][:rowSize-c.colBytes])
	}
	clear(c.data[c.rows*rowSize:])
	t.startRow = 0
	return nil
}

// numbers are the rows of a tile of bfloat16.
type numbers [maxRows][rowSize / 2]float32

// numbers reads a tile of bfloat16, with a zero for each denormal number. plain says that each is 0 or
// between 2⁻⁴⁰ and 2⁴⁰ in size.
func (d *tile) numbers() (n numbers, plain bool) {
	plain = true
	for i := range d.rows {
		for j := range d.colBytes / 2 {
			b := uint32(binary.LittleEndian.Uint16(d.data[i*rowSize+2*j:])) << 16
			v := flush(math.Float32frombits(b))
			n[i][j] = v
			exponent := b >> 23 & 0xff
			plain = plain && (v == 0 || exponent >= 127-40 && exponent < 127+40)
		}
	}
	return n, plain
}

// add adds the products of a row of A and of B to sums.
func add(sums *[rowSize / 2]float32, a []float32, b *numbers) {
	for k := 0; k < len(a); k += 2 {
		even, odd := float64(a[k]), float64(a[k+1])
		row := &b[k/2]
		for j := 0; j < len(row); j += 2 {
			sums[j] = round(even*float64(row[j]) + float64(sums[j]))
			sums[j+1] = round(odd*float64(row[j+1]) + float64(sums[j+1]))
		}
	}
}

// addPlain is add for plain numbers. Their products are normal float32, or zero, and exact: multiples
// of 2⁻⁹⁴ below 2⁸⁰. No sum of them is denormal or infinite, so that an addition in float32 is the fused
// multiply-add, and nothing is flushed.
func addPlain(sums *[rowSize / 2]float32, a []float32, b *numbers) {
	for k := 0; k < len(a); k += 2 {
		even, odd := a[k], a[k+1]
		row := &b[k/2]
		for j := 0; j < len(row); j += 2 {
			sums[j] += float32(even * row[j]) // the conversion keeps it from being fused
			sums[j+1] += float32(odd * row[j+1])
		}
	}
}

// addTo adds the even and the odd sums to a row of C.
func addTo(c []byte, sums *[rowSize / 2]float32) {
	for j := 0; j < len(c); j += 4 {
		was := flush(math.Float32frombits(binary.LittleEndian.Uint32(c[j:])))
		sum := round(float64(sums[j/2]) + float64(sums[j/2+1]))
		binary.LittleEndian.PutUint32(c[j:], math.Float32bits(round(float64(was)+float64(sum))))
	}
}

// leastNormal is the least positive normal float32.
const leastNormal = 0x1p-126

// round is the sum in float64 of a product of two bfloat16, which is exact there, and a float32, rounded
// to float32 as a fused multiply-add rounds it: once, to nearest even, a result that is denormal to a zero
// of its sign. Rounding to float64 first changes nothing: 53 ≥ 2·24 + 2 (S. Figueroa, When is double
// rounding innocuous?, 1995).
func round(s float64) float32 {
	switch size := math.Abs(s); {
	case size >= leastNormal:
		return float32(s)
	case s != s:
		return math.Float32frombits(quietNaN)
	default:
		// Rounded to 24 bits however small it is: float32 has as many from 2⁻⁶² on.
		if math.Abs(float64(float32(s*0x1p64))) < leastNormal*0x1p64 {
			return float32(math.Copysign(0, s))
		}
		return float32(math.Copysign(leastNormal, s))
	}
}

// flush is v, or a zero of its sign where v is denormal.
func flush(v float32) float32 {
	if b := math.Float32bits(v); b&0x7f800000 == 0 {
		return math.Float32frombits(b & 0x80000000)
	}
	return v
}
