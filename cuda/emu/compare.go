package emu

import (
	"math"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// number is what a row may hold that is compared.
type number interface {
	~uint32 | ~uint64 | ~int32 | ~int64 | ~float32 | ~float64
}

// The six comparisons as row loops. Comparing floats, every one but ne is false
// of NaN, which is what PTX calls ordered.

// eqRow, neRow, ltRow, leRow, gtRow and geRow compare two rows; bit i of the result is that of lane i.
func eqRow[T number](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] == b[i]) << i
	}
	return m
}

func neRow[T number](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] != b[i]) << i
	}
	return m
}

func ltRow[T number](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] < b[i]) << i
	}
	return m
}

func leRow[T number](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] <= b[i]) << i
	}
	return m
}

func gtRow[T number](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] > b[i]) << i
	}
	return m
}

func geRow[T number](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] >= b[i]) << i
	}
	return m
}

// A testFunc is a comparison of rows: the mask of the lanes where it holds.
type testFunc = func(w *warp, in *inst) uint32

// integerTests are the comparisons of integers, by their modifier.
func integerTests[T number]() map[string]testFunc {
	return map[string]testFunc{
		"eq": eqRow[T], "ne": neRow[T], "lt": ltRow[T], "le": leRow[T], "gt": gtRow[T], "ge": geRow[T],
		"lo": ltRow[T], "ls": leRow[T], "hi": gtRow[T], "hs": geRow[T],
	}
}

// not is the comparison that holds where f does not.
func not(f testFunc) testFunc { return func(w *warp, in *inst) uint32 { return ^f(w, in) } }

// ordered is true where neither operand is NaN.
func ordered[T float32 | float64](w *warp, in *inst) (m uint32) {
	a, b := rowOf[T](w, in.a), rowOf[T](w, in.b)
	for i := range lanes {
		m |= bit(a[i] == a[i] && b[i] == b[i]) << i
	}
	return m
}

// floatTests are the comparisons of floats, by their modifier; those ending in u hold for NaN too.
func floatTests[T float32 | float64]() map[string]testFunc {
	return map[string]testFunc{
		"eq": eqRow[T], "lt": ltRow[T], "le": leRow[T], "gt": gtRow[T], "ge": geRow[T],
		"ne": func(w *warp, in *inst) uint32 { return neRow[T](w, in) & ordered[T](w, in) },
		// Unordered: also true of NaN, so the negation of the opposite.
		"equ": func(w *warp, in *inst) uint32 { return eqRow[T](w, in) | ^ordered[T](w, in) },
		"neu": neRow[T], "ltu": not(geRow[T]), "leu": not(gtRow[T]),
		"gtu": not(leRow[T]), "geu": not(ltRow[T]),
		"num": ordered[T], "nan": not(ordered[T]),
	}
}

var (
	testsU32, testsS32 = integerTests[uint32](), integerTests[int32]()
	testsU64, testsS64 = integerTests[uint64](), integerTests[int64]()
	testsF32, testsF64 = floatTests[float32](), floatTests[float64]()
)

// comparer returns the test of a comparison, nil if the type has none.
func comparer(t ptx.Type, cmp string, ftz bool) testFunc {
	switch t {
	case ptx.F32:
		if ftz {
			return convertedTest(cmp, floatMode{ftz: true}.in)
		}
		return testsF32[cmp]
	case ptx.F64:
		return testsF64[cmp]
	case ptx.F16, ptx.BF16:
		m := halfMode{halfFormat: halfOf(t), ftz: ftz}
		return convertedTest(cmp, m.in)
	case ptx.S16:
		return convertedTest(cmp, func(x uint32) float64 { return float64(sext16(x)) })
	case ptx.S32:
		return testsS32[cmp]
	case ptx.S64:
		return testsS64[cmp]
	case ptx.U64:
		return testsU64[cmp]
	case ptx.B64:
		return equality(cmp, testsU64)
	case ptx.B16, ptx.B32:
		return equality(cmp, testsU32)
	case ptx.U16, ptx.U32:
		return testsU32[cmp]
	}
	return nil
}

// equality is the comparison of bit patterns, which have no order: eq, ne or nil.
func equality(cmp string, tests map[string]testFunc) testFunc {
	if cmp == "eq" || cmp == "ne" {
		return tests[cmp]
	}
	return nil
}

// convertedTest compares 32-bit rows after a conversion to float64.
func convertedTest(cmp string, in func(uint32) float64) testFunc {
	f := map[string]func(x, y float64) bool{
		"eq":  func(x, y float64) bool { return x == y },
		"ne":  func(x, y float64) bool { return x < y || x > y },
		"lt":  func(x, y float64) bool { return x < y },
		"le":  func(x, y float64) bool { return x <= y },
		"gt":  func(x, y float64) bool { return x > y },
		"ge":  func(x, y float64) bool { return x >= y },
		"equ": func(x, y float64) bool { return !(x < y || x > y) },
		"neu": func(x, y float64) bool { return x != y },
		"ltu": func(x, y float64) bool { return !(x >= y) },
		"leu": func(x, y float64) bool { return !(x > y) },
		"gtu": func(x, y float64) bool { return !(x <= y) },
		"geu": func(x, y float64) bool { return !(x < y) },
		"num": func(x, y float64) bool { return x == x && y == y },
		"nan": func(x, y float64) bool { return math.IsNaN(x) || math.IsNaN(y) },
	}[cmp]
	if f == nil {
		return nil
	}
	return func(w *warp, i *inst) (m uint32) {
		a, b := rowOf[uint32](w, i.a), rowOf[uint32](w, i.b)
		for k := range lanes {
			m |= bit(f(in(a[k]), in(b[k]))) << k
		}
		return m
	}
}
