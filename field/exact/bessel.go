package exact

import "math"

// A uniform unit vector n of R^d, weighted by exp(z n·e), has by modified Bessel
// functions of order ν = d/2 − 1 (Mardia and Jupp, Directional Statistics, §9.3)
//
//	log E exp(z n·e) = log [Γ(d/2) (2/z)^ν I_ν(z)]
//	A  = E[n·e] = I_{ν+1}(z)/I_ν(z)
//	A' = Var(n·e) = 1 − A² − (d−1) A/z,   A/z = Var of a direction across e
//
// All hold to a few units in the last place for z from 0 to 1e300, by a power
// series, by the continued fraction of A, or by expansions for large z.

// logMeanExp is log E exp(z (n·e − 1)) ≤ 0 for unit vectors of R^d, d ≥ 2.
func logMeanExp(d int, z float64) float64 {
	half := float64(d) / 2
	if z <= 500 {
		// E exp(z n·e) = Σ_j (z²/4)^j / (j! (d/2)_j), all terms positive, at most e^z.
		sum, term, q := 1.0, 1.0, z*z/4
		for j := 0.0; term > 0x1p-56*sum; j++ {
			term *= q / ((j + 1) * (half + j))
			sum += term
		}
		return math.Log(sum) - z
	}
	// The uniform expansion for large order or argument (DLMF 10.41.3), by q = 1/√(ν²+z²):
	// its k-th term is below q^k, and q ≤ 1/500.
	if math.IsInf(z, 1) {
		return math.Inf(-1)
	}
	nu := half - 1
	root := math.Hypot(nu, z)
	q := 1 / root
	p2 := (nu * q) * (nu * q)
	series := q * (3 - 5*p2) / 24
	series += q * q * (81 + p2*(-462+385*p2)) / 1152
	series += q * q * q * (30375 + p2*(-369603+p2*(765765-425425*p2))) / 414720
	fourth := 4465125 + p2*(-94121676+p2*(349922430+p2*(-446185740+185910725*p2)))
	series += q * q * q * q * fourth / 39813120
	gamma, _ := math.Lgamma(half)
	log := nu*nu/(root+z) - nu*math.Asinh(nu/z) - 0.5*math.Log(2*math.Pi*root) + math.Log1p(series)
	return gamma + nu*math.Log(2/z) + log
}

// tilt is 1 − A, A', A/z of unit vectors of R^d at z ≥ 0.
func tilt(d int, z float64) (rest, along, across float64) {
	n := float64(d)
	if z >= max(40, n*n) {
		return farTilt(n, z)
	}
	// A_ν = 1/(2(ν+1)/z + A_{ν+1}), from an order at which Amos's estimate (1974), whose
	// own error falls like the order squared, is damped below rounding. A/z is kept
	// instead of A, which is exact at z = 0.
	nu := n/2 - 1
	up := math.Ceil(20 + 7*math.Sqrt(z))
	order := nu + up
	r := 1 / (order + 0.5 + math.Hypot(order+1.5, z))
	for ; up > 0; up-- {
		r = 1 / (2*(nu+up) + z*z*r)
	}
	a := z * r
	return 1 - a, 1 - a*a - (n-1)*r, r
}

// farTilt sums A = Σ α_j z^−j, whose coefficients follow from A' = 1 − A² − (n−1)A/z:
//
//	α_0 = 1,   2 α_m = (m − n) α_{m−1} − Σ_{0<i<m} α_i α_{m−i}
func farTilt(n, z float64) (rest, along, across float64) {
	const terms = 24
	var alpha [terms]float64
	alpha[0] = 1
	power := 1.0
	for m := 1; m < terms; m++ {
		s := (float64(m) - n) * alpha[m-1]
		for i := 1; i < m; i++ {
			s -= alpha[i] * alpha[m-i]
		}
		alpha[m] = s / 2
		power /= z
		term := alpha[m] * power
		rest -= term
		along -= float64(m) * term / z
		if math.Abs(term) < 0x1p-60*math.Abs(rest) {
			break
		}
	}
	return rest, along, (1 - rest) / z
}
