package features

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/format/raster"
)

// kernel is a filter of a resize: its weight at distance x from the centre of a new pixel, 0
// from support on, in old pixels, or in new ones where there are fewer of these.
type kernel struct {
	name    string
	support float64
	weight  func(x float64) float64
}

// kernels are the filters, as Pillow has them.
var kernels = []kernel{
	{"bilinear", 1, func(x float64) float64 { return max(0, 1-math.Abs(x)) }},
	{"bicubic", 2, raster.CatmullRom},
}

// noResize is the value of a parameter resize that leaves points as they are.
const noResize = "none"

// resizes are the values of such a parameter.
func resizes() []string {
	names := []string{noResize}
	for _, k := range kernels {
		names = append(names, k.name)
	}
	return names
}

// resizer brings images to another size, as Pillow does to images of mode F: a filter that is
// as wide as a new pixel where the image shrinks, so that nothing aliases (Parmar et al.,
// On Aliased Resizing, arXiv 2104.11222), along the rows and then along the columns. Sums are
// float64, and what stands between the passes is float32.
type resizer struct {
	from, to datasets.Shape
	by       kernel
	manner   string // as provenance says it
	across   []taps // for each new column
	down     []taps // for each new row
}

// taps are the weights of old pixels from first on, of which a new one is the sum.
type taps struct {
	first  int
	weight []float64
}

// newResizer makes a resizer by the filter of that name.
func newResizer(by string, from, to datasets.Shape) (*resizer, error) {
	if from.C != to.C {
		return nil, fmt.Errorf("resize: got images of %d channels, want %d", from.C, to.C)
	}
	for _, k := range kernels {
		if k.name == by {
			return &resizer{from: from, to: to, by: k, manner: k.name + ", antialiased",
				across: tapsOf(k, from.W, to.W), down: tapsOf(k, from.H, to.H)}, nil
		}
	}
	return nil, fmt.Errorf("resize: there is no filter %q", by)
}

// String is what provenance says of it.
func (r *resizer) String() string {
	return fmt.Sprintf("%s, from %d×%d to %d×%d", r.manner, r.from.H, r.from.W, r.to.H, r.to.W)
}

// tapsOf are those of each of to pixels that take the place of from.
func tapsOf(k kernel, from, to int) []taps {
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	all := make([]taps, to)
	for i := range all {
		centre := (float64(i) + .5) * scale
		first := max(0, int(centre-k.support*wide+.5))
		last := min(from, int(centre+k.support*wide+.5))
		weight, total := make([]float64, last-first), 0.
		for j := range weight {
			weight[j] = k.weight((float64(first+j) - centre + .5) / wide)
			total += weight[j]
		}
		for j := range weight {
			weight[j] /= total
		}
		all[i] = taps{first, weight}
	}
	return all
}

// resize is img at the new size.
func (r *resizer) resize(img []float32) []float32 {
	c := r.from.C
	wide := make([]float32, r.from.H*r.to.W*c)
	for i := range r.from.H {
		for j, t := range r.across {
			for k := range c {
				var sum float64
				for l, w := range t.weight {
					sum += w * float64(img[(i*r.from.W+t.first+l)*c+k])
				}
				wide[(i*r.to.W+j)*c+k] = float32(sum)
			}
		}
	}
	row := r.to.W * c
	out := make([]float32, r.to.H*row)
	for i, t := range r.down {
		for j := range row {
			var sum float64
			for l, w := range t.weight {
				sum += w * float64(wide[(t.first+l)*row+j])
			}
			out[i*row+j] = float32(sum)
		}
	}
	return out
}
