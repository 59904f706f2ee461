package emu

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"testing"
)

// wideAnswer is kernel wide of author.cu.
func wideAnswer(i, n int32) uint32 {
	x, y := int64(n)*1000003+int64(i)<<40, int64(n)-17*int64(i)
	d := choose(y == 0, 1, y)
	r := uint64(x/d + x%d)
	r ^= uint64(x) >> (n & 63)
	ffs := choose(y == 0, 0, bits.TrailingZeros64(uint64(y))+1)
	r += uint64(bits.OnesCount64(uint64(x)) + bits.LeadingZeros64(uint64(x)|1) +
		bits.TrailingZeros32(uint32(n)|1) + ffs)
	r += uint64(bits.Reverse32(uint32(n))) + bits.Reverse64(uint64(x)) +
		uint64(bits.ReverseBytes32(uint32(n))) +
		bits.ReverseBytes64(uint64(x))
	r += uint64(bits.RotateLeft32(uint32(n), int(i&31))) + bits.RotateLeft64(uint64(x), -int(i&63))
	hi, _ := bits.Mul64(uint64(x), uint64(y))
	r ^= hi
	z := new(big.Int).Mul(big.NewInt(x), big.NewInt(y)) // signed, mod 2^128
	z.Add(z, new(big.Int).SetUint64(r)).Sub(z, new(big.Int).SetUint64(uint64(int64(n))))
	z.And(z, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1)))
	r = z.Uint64() ^ new(big.Int).Rsh(z, 64).Uint64()
	sat := min(max(int64(n<<20)+int64(i<<26), math.MinInt32), math.MaxInt32)
	abs := n - 3*i
	r += uint64(int64(int32(max(n, i)) + int32(sat) + max(abs, -abs)))
	r += uint64([]int{1, 2, 3, 4, 5}[i%5] + []int{1, 2, 65535}[i%3] + 1)
	return uint32(r ^ r>>32)
}

// What clang makes of author.cu gives what its C++ says, unoptimised and optimised.
func TestAuthor(t *testing.T) {
	digits := []int32{3, 1, 4, 1, 5, 9, 2, 6}
	for _, tt := range []struct {
		kernel string
		n      []int32
		want   func(i, n int32) uint32
	}{
		{"by_table", []int32{7, -100}, func(i, n int32) uint32 {
			return uint32([]int32{n + 1, 3 * n, -n}[i%3])
		}},
		{"by_virtual", []int32{7}, func(i, n int32) uint32 {
			return uint32(choose(i&1 == 1, (i+1)*i, i+1+n))
		}},
		{"by_value", []int32{7, -3}, func(i, n int32) uint32 {
			s := 2*n + (i&7+1)*i
			for k := range int32(10) {
				s += (k + 1) * k * n
			}
			return uint32(s)
		}},
		{"jumps", []int32{1000, -1000}, func(i, n int32) uint32 {
			r := []int32{n, n * 3, n ^ 5, n / 7, n % 7, n << 3, 4 - n, 4, 99}[min(i, 8)]
			return uint32(r + digits[i&7])
		}},
		{"array", []int32{1, 10, 99}, func(i, n int32) (s uint32) {
			for k := n - 1; k >= 0; k -= 2 {
				s += uint32(k * i)
			}
			return s
		}},
		{"wide", []int32{12345, -7, 0}, wideAnswer},
		{"atomics", []int32{50}, func(i, n int32) uint32 {
			squares := uint32(0)
			for k := range uint32(lanes) {
				squares ^= k * k
			}
			want := [lanes]uint32{50 + 496, 50, 50 ^ squares, math.MaxUint32 - 13, 0, math.MaxUint32,
				math.MaxUint32, 31, 9, 48, 32, 32, 0}
			return want[i]
		}},
	} {
		for _, ptx := range []string{"author_O0.ptx", "author_O3.ptx"} {
			for _, n := range tt.n {
				r := newRig(t, Options{})
				f := r.load(readFile(t, ptx), tt.kernel)
				out := put(r, make([]uint32, lanes))
				r.launch(f, 1, lanes, out, uint64(uint32(n)))
				for i, got := range get[uint32](r, out, lanes) {
					if want := tt.want(int32(i), n); got != want {
						t.Errorf("%s, %s(%d) in lane %d: got %#x, want %#x", ptx, tt.kernel, n, i, got, want)
						break
					}
				}
				r.close()
			}
		}
	}
}

// Halves, bfloat16 and doubles: optimised and not, the same bits.
func TestAuthorHalves(t *testing.T) {
	var got [2][]uint32
	for k, ptx := range []string{"author_O0.ptx", "author_O3.ptx"} {
		r := newRig(t, Options{})
		out := put(r, make([]uint32, lanes))
		r.launch(r.load(readFile(t, ptx), "halves"), 1, lanes, out, 5)
		got[k] = get[uint32](r, out, lanes)
		r.close()
	}
	for i := range got[0] {
		if got[0][i] != got[1][i] {
			t.Errorf("lane %d: %#x unoptimised, %#x optimised", i, got[0][i], got[1][i])
		}
	}
}

func TestAuthorText(t *testing.T) {
	for _, ptx := range []string{"author_O0.ptx", "author_O3.ptx"} {
		var text bytes.Buffer
		r := newRig(t, Options{Print: &text})
		f := r.load(readFile(t, ptx), "text")
		out := put(r, make([]uint32, 2))
		r.launch(f, 1, 2, out, 5)
		if got := get[uint32](r, out, 2); got[0] != 3 || text.String() != "5 2.500 two\n5 2.500 two\n" {
			t.Errorf("%s: printf returned %d and wrote %q", ptx, got[0], text.String())
		}
		r.launch(f, 1, 2, out, 6)
		if f := finding(t, r.Synchronize(0)); f.Kind != Trap ||
			f.What != fmt.Sprintf("assertion n <= 5 failed at author.cu:%d in text", 211) {
			t.Errorf("%s: got %v", ptx, f)
		}
	}
}
