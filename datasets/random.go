package datasets

import "math"

// A stream is a function from counters to random numbers: draw i needs no draw
// before it. It is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) with its
// state computed rather than stepped.
type stream uint64

// A purpose keeps the draws that serve different ends independent under one seed.
type purpose uint64

const (
	forOrder   purpose = iota + 1 // the permutation of each epoch
	forFlip                       // which samples are mirrored
	forPlane                      // the plane that points are lifted from
	forPoints                     // the points, train
	forTest                       // the points, test
	forLatents                    // what is drawn from the moments of latents
	forNoise                      // what stands in for data
	forMeans                      // where normals are
	forRedraw                     // what a run draws from moments, anew for each sample
)

const golden = 0x9e3779b97f4a7c15 // 2⁶⁴/φ, odd: i·golden visits every state

func newStream(seed uint64, p purpose) stream { return stream(mix(mix(seed) + uint64(p))) }

// at is draw i: 64 random bits.
func (s stream) at(i uint64) uint64 { return mix(uint64(s) + (i+1)*golden) }

// uniform is draw i as a number strictly between 0 and 1: an odd multiple of
// 2⁻⁵³, so that its logarithm is finite.
func (s stream) uniform(i uint64) float64 {
	return (float64(s.at(i)>>12) + 0.5) * 0x1p-52
}

// normals turns draws 2i and 2i+1 into two independent standard normals
// (Box–Muller).
func (s stream) normals(i uint64) (float64, float64) {
	r := math.Sqrt(-2 * math.Log(s.uniform(2*i)))
	sin, cos := math.Sincos(2 * math.Pi * s.uniform(2*i+1))
	return r * cos, r * sin
}

// mix is the finaliser of SplitMix64: a bijection of 64 bits in which each
// input bit flips each output bit with probability close to ½.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
