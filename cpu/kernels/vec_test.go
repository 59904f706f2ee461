package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stillfield/stillfield/plan"
)

// vecLevels are the levels with assembly on this machine.
func vecLevels() []Level { return Levels()[1:] }

// vecLengths are lengths on either side of a vector (8 or 16), of two and four vectors, of
// the lanes (64) and of sumUnit.
var vecLengths = []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 127, 128, 129, 1000,
	sumUnit, sumUnit + 65}

// numbers returns numbers of moderate size, mixed with any bit patterns and with those
// where the functions take another path.
func numbers(rng *rand.Rand, n int) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 1e-40, -1e-40, 0x1p-149, 0x1p-126,
		88.7, 88.8, -87.4, -103.9, -104.1,
		0.625, -0.625, 16384, 16385, 1e9, 3e38, -3e38,
		math.MaxFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	x := make([]float32, n)
	for i := range x {
		switch rng.IntN(8) {
		case 0:
			x[i] = special[rng.IntN(len(special))]
		case 1:
			x[i] = fromBits(rng.Uint32())
		case 2:
			x[i] = float32(rng.NormFloat64()) * 1000
		default:
			x[i] = float32(rng.NormFloat64()) * 4
		}
	}
	return x
}

// guarded is n NaNs, and a guard of NaNs that lies after them.
func guarded(n int) (x, guard []float32) {
	x = make([]float32, n+32)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x[:n], x[n:]
}

// unwritten fails if a number was written to a guard.
func unwritten(t *testing.T, what string, guard []float32) {
	t.Helper()
	for i, g := range guard {
		if g == g {
			t.Fatalf("%s: wrote %v at %d past the end", what, g, i)
		}
	}
}

// TestLevelsAgree: the assembly of every pointwise operator gives the bits of its Go form,
// in place too.
func TestLevelsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, l := range vecLevels() {
		v := NewVec(l)
		for k := plan.Scale; k <= plan.Less; k++ {
			for _, n := range append([]int{200000}, vecLengths...) {
				a, b := numbers(rng, n), numbers(rng, n)
				want := make([]float32, n)
				goBlocks[k](&want[0], &a[0], &b[0], n, 0.7)
				got, guard := guarded(n)
				v.Pointwise(k)(&got[0], &a[0], &b[0], n, 0.7)
				what := fmt.Sprintf("%v %v n=%d", l, k, n)
				same(t, what, got, want)
				unwritten(t, what, guard)
				v.Pointwise(k)(&b[0], &a[0], &b[0], n, 0.7)
				same(t, what+" in place of b", b, want)
				if k < plan.Add {
					v.Pointwise(k)(&a[0], &a[0], nil, n, 0.7)
					same(t, what+" in place", a, want)
				}
			}
		}
	}
}

// normal returns n normal numbers of that mean and deviation 1.
func normal(rng *rand.Rand, n int, mean float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() + mean)
	}
	return x
}

// TestReductionsAgree: so does the assembly of every reduction.
func TestReductionsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, l := range vecLevels() {
		v, g := NewVec(l), NewVec(Go)
		for _, n := range vecLengths {
			x, y, w := normal(rng, n, 1), normal(rng, n, -2), normal(rng, n, 0)
			if n > 20 {
				x[n/3] = float32(math.NaN())
			}
			what := fmt.Sprintf("%v n=%d", l, n)
			each := func(name string, f func(v *Vec, s1, s2 *Lanes) []float32) {
				t.Helper()
				var got, want [2]Lanes
				for i := range lanes {
					s := float32(i) / 8
					got[0][i], got[1][i], want[0][i], want[1][i] = s, -s, s, -s
				}
				o1, o2 := f(v, &got[0], &got[1]), f(g, &want[0], &want[1])
				same(t, what+" "+name+" s1", got[0][:], want[0][:])
				same(t, what+" "+name+" s2", got[1][:], want[1][:])
				same(t, what+" "+name+" out", o1, o2)
			}
			each("sum", func(v *Vec, s1, _ *Lanes) []float32 { v.laneSum(s1, &x[0], n); return nil })
			each("dot", func(v *Vec, s1, _ *Lanes) []float32 { v.laneDot(s1, &x[0], &y[0], n); return nil })
			each("fold", func(v *Vec, s1, _ *Lanes) []float32 {
				copy(s1[:], y)
				f := v.laneFold(s1)
				return []float32{v.laneTop(s1), float32(f), float32(f - float64(float32(f)))}
			})
			each("max", func(v *Vec, s1, _ *Lanes) []float32 { v.laneMax(s1, &x[0], n); return nil })
			each("moments", func(v *Vec, s1, s2 *Lanes) []float32 {
				v.laneMoments(s1, s2, &x[0], 0.9, n)
				return nil
			})
			each("rowSums", func(v *Vec, s1, s2 *Lanes) []float32 {
				v.rowSums(s1, s2, &x[0], &y[0], &w[0], n, 0.9, 1.1, -0.2)
				return nil
			})
			each("exp", func(v *Vec, s1, _ *Lanes) []float32 {
				out, guard := guarded(n)
				v.laneExp(s1, &out[0], &y[0], 1.5, n)
				unwritten(t, what, guard)
				return out
			})
		}
	}
}

// TestDrawsAgree: so do the random numbers.
func TestDrawsAgree(t *testing.T) {
	for _, l := range vecLevels() {
		for _, isNormal := range []bool{false, true} {
			const seed = 0x123456789abcdef
			d, g := NewVec(l).NewDrawer(isNormal, seed, 2), NewVec(Go).NewDrawer(isNormal, seed, 2)
			for _, e := range []int{0, 1, 3, 4, 64, 1000, 1 << 20} {
				for _, n := range []int{1, 2, 5, 63, 64, 65, 200, 4099} {
					got, guard := guarded(n)
					want := make([]float32, n)
					d.Fill(got, 1<<40+7, 9, e)
					g.Fill(want, 1<<40+7, 9, e)
					what := fmt.Sprintf("%v normal=%v e=%d n=%d", l, isNormal, e, n)
					same(t, what, got, want)
					unwritten(t, what, guard)
				}
			}
		}
	}
}

// TestRunsAgree: Gather, Scatter and Spread move the runs that are asked for and write
// nothing else.
func TestRunsAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, l := range Levels() {
		v := NewVec(l)
		for _, length := range []int{1, 3, 7, 8, 9, 15, 16, 17, 32, 33, 64, 100} {
			const count = 9
			src := normal(rng, 20*length, 0)
			offsets := make([]int32, count)
			for i, p := range rng.Perm(19)[:count] {
				offsets[i] = int32(p*length + p%2)
			}
			got, guard := guarded(count * length)
			v.Gather(got, src, offsets, length)
			spread, guard2 := guarded(count * length)
			v.Spread(spread, src, offsets, length)
			back, _ := guarded(20 * length)
			v.Scatter(back, got, offsets, length)
			what := fmt.Sprintf("%v length %d", l, length)
			unwritten(t, what, guard)
			unwritten(t, what, guard2)
			written := 0
			for i, b := range back {
				if b == b {
					written++
					same(t, what+" scatter", back[i:i+1], src[i:i+1])
				}
			}
			for i, o := range offsets {
				same(t, what+" gather", got[i*length:(i+1)*length], src[o:int(o)+length])
				for _, s := range spread[i*length : (i+1)*length] {
					same(t, what+" spread", []float32{s}, src[o:o+1])
				}
			}
			if length > 1 && (written < (count-1)*length || written > count*length) {
				t.Errorf("%s: scatter wrote %d elements of %d runs", what, written, count)
			}
		}
	}
}
