package emu

import (
	"math"
	"math/big"
	"testing"

	"github.com/stillfield/stillfield/cuda/emu/round"
)

// refRound rounds an exact value to a float format by integer arithmetic: the
// definition that narrow and the odd-rounding of round.go are held to.
func refRound(x *big.Float, p, emin, emax int, mode round.Mode) float64 {
	e := x.MantExp(nil)
	ulp := max(e-1, emin) - p + 1
	q := new(big.Float).SetMantExp(x, -ulp)
	i, _ := q.Int(nil)
	rem := new(big.Float).Sub(q, new(big.Float).SetInt(i))
	neg := x.Sign() < 0
	up := false // away from zero
	half := new(big.Float).Abs(rem).Cmp(big.NewFloat(0.5))
	switch mode {
	case round.NearestEven:
		up = half > 0 || half == 0 && i.Bit(0) == 1
	case round.NearestAway:
		up = half >= 0
	case round.Down:
		up = neg && rem.Sign() != 0
	case round.Up:
		up = !neg && rem.Sign() != 0
	}
	if up && neg {
		i.Sub(i, big.NewInt(1))
	} else if up {
		i.Add(i, big.NewInt(1))
	}
	r, _ := new(big.Float).SetMantExp(new(big.Float).SetInt(i), ulp).Float64()
	if neg && r == 0 {
		r = math.Copysign(0, -1)
	}
	limit := math.Ldexp(2-math.Ldexp(1, 1-p), emax)
	if math.Abs(r) > limit {
		if mode == round.TowardZero || mode == round.Down && !neg || mode == round.Up && neg {
			return math.Copysign(limit, r)
		}
		return math.Copysign(math.Inf(1), r)
	}
	return r
}

func exact() *big.Float { return new(big.Float).SetPrec(2200) }

// refOp evaluates op on values that are all finite, exactly where it can be;
// special says that IEEE rules for zeros, infinities and NaN decide instead.
func refOp(op string, x, y, z float64) (r *big.Float, special float64, isSpecial bool) {
	native := map[string]float64{"add": x + y, "sub": x - y, "mul": x * y, "div": x / y,
		"fma":  math.FMA(x, y, z),
		"sqrt": math.Sqrt(x), "rcp": 1 / x}[op]
	for _, v := range []float64{x, y, z} {
		if v != v || math.IsInf(v, 0) {
			return nil, native, true
		}
	}
	a, b, c := exact().SetFloat64(x), exact().SetFloat64(y), exact().SetFloat64(z)
	r = exact()
	switch op {
	case "add":
		r.Add(a, b)
	case "sub":
		r.Sub(a, b)
	case "mul":
		r.Mul(a, b)
	case "fma":
		r.Add(exact().Mul(a, b), c)
	case "div", "rcp":
		if op == "rcp" {
			a, b = exact().SetInt64(1), a
		}
		if b.Sign() == 0 {
			return nil, native, true
		}
		r.Quo(a, b)
	case "sqrt":
		if x < 0 {
			return nil, math.NaN(), true
		}
		r.Sqrt(a)
	}
	if r.Sign() == 0 {
		return nil, native, true
	}
	return r, 0, false
}

func f32bits(x float64) uint64 {
	if x != x {
		return round.CanonicalNaN
	}
	return uint64(math.Float32bits(float32(x)))
}

func flush(b uint64) uint64 { return choose(b&0x7f800000 == 0, b&0x80000000, b) }

// refF32 is op in float32 under a rounding mode, .ftz and .sat.
func refF32(op string, mode round.Mode, ftz, sat bool) func(a, b, c uint64) uint64 {
	return func(a, b, c uint64) uint64 {
		if ftz {
			a, b, c = flush(a), flush(b), flush(c)
		}
		f := func(b uint64) float64 { return float64(math.Float32frombits(uint32(b))) }
		if op == "add" || op == "sub" || op == "mul" || op == "div" {
			c = 0
		}
		if op == "sqrt" || op == "rcp" {
			b, c = 0, 0
		}
		x, special, is := refOp(op, f(a), f(b), f(c))
		v := special
		if !is {
			v = refRound(x, 24, -126, 127, mode)
		}
		if is && v == 0 && mode == round.Down && (op == "add" || op == "sub" || op == "fma") {
			v = cancelledDown(op, f(a), f(b), f(c))
		}
		r := f32bits(v)
		if ftz {
			r = flush(r)
		}
		if sat {
			switch {
			case !(v > 0):
				r = 0
			case v > 1:
				r = 0x3f800000
			}
		}
		return r
	}
}

// cancelledDown is a sum that is exactly zero, rounded down: −0 unless both
// parts are +0.
func cancelledDown(op string, x, y, z float64) float64 {
	if op == "sub" {
		y = -y
	}
	if op == "fma" {
		x, y = x*y, z
	}
	if x == 0 && y == 0 && !math.Signbit(x) && !math.Signbit(y) {
		return 0
	}
	return math.Copysign(0, -1)
}

func TestFloat32(t *testing.T) {
	var rows []aluRow
	two, three := []int{32, 32}, []int{32, 32, 32}
	for mode, r := range map[string]round.Mode{".rn": round.NearestEven, ".rz": round.TowardZero,
		".rm": round.Down, ".rp": round.Up} {
		for _, ftz := range []string{"", ".ftz"} {
			f := ftz != ""
			for _, op := range []string{"add", "sub", "mul"} {
				rows = append(rows, aluRow{op + mode + ftz + ".f32", 32, two, refF32(op, r, f, false)},
					aluRow{op + mode + ftz + ".sat.f32", 32, two, refF32(op, r, f, true)})
			}
			rows = append(rows,
				aluRow{"div" + mode + ftz + ".f32", 32, two, refF32("div", r, f, false)},
				aluRow{"fma" + mode + ftz + ".f32", 32, three, refF32("fma", r, f, false)},
				aluRow{"fma" + mode + ftz + ".sat.f32", 32, three, refF32("fma", r, f, true)},
				aluRow{"sqrt" + mode + ftz + ".f32", 32, []int{32}, refF32("sqrt", r, f, false)},
				aluRow{"rcp" + mode + ftz + ".f32", 32, []int{32}, refF32("rcp", r, f, false)})
		}
	}
	for _, op := range []string{"add", "sub", "mul"} {
		rows = append(rows, aluRow{op + ".f32", 32, two, refF32(op, round.NearestEven, false, false)})
	}
	checkALU(t, rows)
}

// The Go forms of the vector rows equal the ones in use, bit for bit.
func TestVectorRows(t *testing.T) {
	a, b, c := inputs([]int{32, 32, 32})
	w := &warp{slab: make([]uint64, 5*lanes)}
	w.rows = rowsOf(w.slab)
	in := &inst{a: 128, b: 256, c: 384}
	for name, f := range map[string][2]rowFunc{
		"add": {plain32.add, vector32.add}, "sub": {plain32.sub, vector32.sub},
		"mul": {plain32.mul, vector32.mul},
		"div": {plain32.div, vector32.div}, "fma": {plain32.fma, vector32.fma},
	} {
		for i := 0; i+lanes <= len(a); i += lanes {
			for l := range lanes {
				rowOf[uint32](w, 128)[l], rowOf[uint32](w, 256)[l], rowOf[uint32](w,
					384)[l] = uint32(a[i+l]), uint32(b[i+l]), uint32(c[i+l])
			}
			var want, got [lanes]uint32
			f[0](w, in, rowsOf(want[:]))
			f[1](w, in, rowsOf(got[:]))
			if got != want {
				t.Fatalf("%s of %x, %x, %x: got %x, want %x", name, a[i:i+lanes], b[i:i+lanes], c[i:i+lanes],
					got, want)
			}
		}
	}
	for i := 0; i+lanes <= len(a); i += lanes {
		for _, n := range []uint64{1, 4, 16} {
			var ea, wantEA, row [lanes]uint64
			for l := range row {
				row[l] = a[i+l]
				if i%(2*lanes) == 0 {
					row[l] = a[i]>>20 + n*uint64(l)
				}
			}
			got, want := vector32.addresses(&ea, &row, b[i], n), plain32.addresses(&wantEA, &row, b[i], n)
			if got != want || ea != wantEA {
				t.Fatalf("addresses of %x + %x by %d: got %+v, want %+v", row, b[i], n, got, want)
			}
		}
	}
	var x [16][16]float32
	var y, z [16][8]float32
	n := normals(16*16+16*8*2, 3)
	for i := range 16 {
		copy(x[i][:], n[16*i:])
		copy(y[i][:], n[256+8*i:])
		copy(z[i][:], n[384+8*i:])
	}
	for _, k := range []int{4, 8, 16} {
		want, got := z, z
		plain32.tile(&want, &x, &y, k)
		vector32.tile(&got, &x, &y, k)
		if got != want {
			t.Fatalf("tile of depth %d: got %v, want %v", k, got, want)
		}
	}
}

func TestFloat64(t *testing.T) {
	var rows []aluRow
	f := math.Float64frombits
	ref := func(op string, mode round.Mode) func(a, b, c uint64) uint64 {
		return func(a, b, c uint64) uint64 {
			if op != "fma" {
				c = 0
			}
			if op == "sqrt" || op == "rcp" {
				b = 0
			}
			x, v, is := refOp(op, f(a), f(b), f(c))
			if !is {
				// Subnormal results of directed modes are not claimed: see directed.
				v = refRound(x, 53, -1022, 1023, mode)
			}
			if is && v == 0 && mode == round.Down {
				return 1 // the sign of an exact zero is not compared
			}
			if v != v {
				return 0x7fffffffffffffff
			}
			return math.Float64bits(v)
		}
	}
	for _, op := range []string{"add", "sub", "mul", "div", "fma", "sqrt", "rcp"} {
		in := map[string][]int{"fma": {64, 64, 64}, "sqrt": {64}, "rcp": {64}}[op]
		if in == nil {
			in = []int{64, 64}
		}
		rows = append(rows, aluRow{op + ".rn.f64", 64, in, ref(op, round.NearestEven)})
	}
	checkALU(t, rows)
	for mode, name := range map[round.Mode]string{round.TowardZero: "rz", round.Down: "rm", round.Up: "rp"} {
		for _, x := range []float64{1, -1, 3, 1e300, 0.1, 1.0 / 3} {
			for _, y := range []float64{3, 7, -0.1, 1e-300, 1e17} {
				for _, op := range []string{"add", "sub", "mul", "div"} {
					want, _, is := refOp(op, x, y, 0)
					if is {
						continue
					}
					row := map[string]func(z, a, b *big.Float){
						"add": func(z, a, b *big.Float) { z.Add(a, b) },
						"sub": func(z, a, b *big.Float) { z.Sub(a, b) },
						"mul": func(z, a, b *big.Float) { z.Mul(a, b) },
						"div": func(z, a, b *big.Float) { z.Quo(a, b) },
					}[op]
					near := map[string]float64{"add": x + y, "sub": x - y, "mul": x * y, "div": x / y}[op]
					got := directed(mode, near, func(z *big.Float) { row(z, bigOf(x), bigOf(y)) }, x, y)
					if w := refRound(want, 53, -1022, 1023, mode); got != w {
						t.Errorf("%s.%s.f64 of %v, %v: got %v, want %v", op, name, x, y, got, w)
					}
				}
			}
		}
	}
}
