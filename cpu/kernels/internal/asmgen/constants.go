package main

import "math"

// constantPrefix begins the symbols of constants, each 32 bytes of one 4-byte word.
const constantPrefix = "vec_"

// constant is a word with a name.
type constant struct {
	name string
	bits uint32
}

// float is a float32 constant.
func float(name string, x float64) constant { return constant{name, math.Float32bits(float32(x))} }

// constants in the order in which they lie in the file.
var constants = []constant{
	float("one", 1), float("half", 0.5), float("nhalf", -0.5),
	{"inf", 0x7F800000}, {"ninf", 0xFF800000}, {"nan", 0x7FC00000},
	{"sign", 0x80000000}, {"abs", 0x7FFFFFFF}, // the sign bit, and all others
	{"nmax", 0xFF7FFFFF},                  // the least finite float32
	{"mantissa", 0x7FFFFF}, {"bias", 127}, // fields of a float32
	{"ones", 0xFFFFFFFF}, {"ione", 1}, {"itwo", 2}, // integers
	float("log2e", 1.44269504088896341),
	float("ln2hi", 0.693359375), float("ln2lo", -2.12194440e-4), // their sum is ln 2
	float("explow", -104), float("exphigh", 89), // beyond them exp is 0 and ∞
	float("sqrt2", 1.41421356237309505),
	float("tiny", 0x1p-126), // the least normal float32
	float("up23", 0x1p23), float("n23", -23),
	float("twooverpi", 0.636619772367581343), float("ntwo", -2),
	// Three parts of π/2, of 24 bits each.
	float("pio2a", 0x1.921fb6p0), float("pio2b", -0x1.777a5cp-25), float("pio2c", -0x1.ee59dap-50),
	float("tanhcut", 0.625), // below it tanh is a polynomial
	float("down23", 0x1p-23), float("down32", 0x1p-32),
	float("circle", 2*3.14159265358979323846*0x1p-32), // 2π over the number of 32-bit words
	{"eighth", 1 << 29}, // of a turn of 2³²
	// The first word whose uniform counts as near 1, √½·2³², and the one before it, for a signed
	// comparison.
	{"nearone", 0xB504F334}, {"nearsigned", 0xB504F333 ^ 0x80000000},
	{"low16", 0xFFFF},                                            // the lower half of a word
	float("up16", 65536), {"m0", 0xD2511F53}, {"m1", 0xCD9E8D57}, // Philox's multipliers
	// exp(r) = 1 + r + r²·(exp5 + r·(exp4 + …)) for |r| ≤ ½ ln 2 (Cephes, expf).
	float("exp0", 1.9875691500e-4), float("exp1", 1.3981999507e-3), float("exp2", 8.3334519073e-3),
	float("exp3", 4.1665795894e-2), float("exp4", 1.6666665459e-1), float("exp5", 5.0000001201e-1),
	// ln(1+f) = f − f²/2 + f³·(log8 + f·(log7 + …)) (Cephes, logf).
	float("log0", 7.0376836292e-2), float("log1", -1.1514610310e-1), float("log2", 1.1676998740e-1),
	float("log3", -1.2420140846e-1), float("log4", 1.4249322787e-1), float("log5", -1.6668057665e-1),
	float("log6", 2.0000714765e-1), float("log7", -2.4999993993e-1), float("log8", 3.3333331174e-1),
	// sin r = r + r·z·(sin2 + z·(sin1 + …)) with z = r² (Cephes, sinf).
	float("sin0", -1.9515295891e-4), float("sin1", 8.3321608736e-3), float("sin2", -1.6666654611e-1),
	// cos r = 1 − z/2 + z²·(cos2 + z·(cos1 + …)).
	float("cos0", 2.443315711809948e-5), float("cos1", -1.388731625493765e-3),
	float("cos2", 4.166664568298827e-2),
	// tanh x = x + x·z·(tanh4 + z·(tanh3 + …)) with z = x² (Cephes, tanhf).
	float("tanh0", -5.70498872745e-3), float("tanh1", 2.06390887954e-2), float("tanh2", -5.37397155531e-2),
	float("tanh3", 1.33314422036e-1), float("tanh4", -3.33332819422e-1),
}

// Polynomials, the coefficient of the highest power first.
var (
	expPolynomial  = []string{"exp0", "exp1", "exp2", "exp3", "exp4", "exp5", "one", "one"}
	logPolynomial  = []string{"log0", "log1", "log2", "log3", "log4", "log5", "log6", "log7", "log8"}
	sinPolynomial  = []string{"sin0", "sin1", "sin2"}
	cosPolynomial  = []string{"cos0", "cos1", "cos2"}
	tanhPolynomial = []string{"tanh0", "tanh1", "tanh2", "tanh3", "tanh4"}
)

// value is the operand of a constant. An unknown name is a fault of the instruction that it stands in.
func value(name string) string { return constantPrefix + name + "<>(SB)" }

// isConstant says whether there is a constant of that name.
func isConstant(name string) bool {
	for _, c := range constants {
		if c.name == name {
			return true
		}
	}
	return false
}

// vectorTables are the constants, and the tables that kernels read by their lane.
func vectorTables() []string {
	var lines []string
	for _, c := range constants {
		lines = append(lines, table(constantPrefix+c.name, repeated(8, c.bits))...)
	}
	lines = append(lines, table("vecMask", append(repeated(8, 0xFFFFFFFF), repeated(8, 0)...))...)
	// Lane 4k+i draws block 4i+k, or 2i+k with AVX2, so that the four words of each block, unpacked, lie in
	// order.
	for _, set := range []isa{avx512, avx2} {
		block := func(lane int) uint32 { return uint32(set.lanes/4*(lane%4) + lane/4) }
		lines = append(lines, table("vecLanes"+set.suffix, words(set.lanes, block))...)
	}
	lines = append(lines, table("vecStep512", repeated(16, 16))...)
	return append(lines, table("vecStep256", repeated(8, 8))...)
}
