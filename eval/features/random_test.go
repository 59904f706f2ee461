package features

import (
	"fmt"
	"math"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/model"
)

// pixelsOf is an image of so many rows, columns and channels in float64.
type pixelsOf struct {
	h, w, c int
	x       []float64
}

func (p pixelsOf) at(i, j, k int) float64 {
	if i < 0 || j < 0 || i >= p.h || j >= p.w {
		return 0
	}
	return p.x[(i*p.w+j)*p.c+k]
}

// halved is the mean of 2×2 pixels, the image itself where a side is odd.
func (p pixelsOf) halved() pixelsOf {
	if p.h%2 != 0 || p.w%2 != 0 {
		return p
	}
	q := pixelsOf{h: p.h / 2, w: p.w / 2, c: p.c}
	for i := range q.h {
		for j := range q.w {
			for k := range q.c {
				q.x = append(q.x, (p.at(2*i, 2*j, k)+p.at(2*i+1, 2*j, k)+p.at(2*i, 2*j+1, k)+
					p.at(2*i+1, 2*j+1, k))/4)
			}
		}
	}
	return q
}

// layer is silu(conv + bias) to o channels, and its root mean square over the pixels.
func (p pixelsOf) layer(weight, bias []float32) (q pixelsOf, rms []float64) {
	o := len(bias)
	q, rms = pixelsOf{h: p.h, w: p.w, c: o}, make([]float64, o)
	for i := range p.h {
		for j := range p.w {
			for k := range o {
				sum := float64(bias[k])
				for di := range 3 {
					for dj := range 3 {
						for l := range p.c {
							sum += p.at(i+di-1, j+dj-1, l) * float64(weight[((di*3+dj)*p.c+l)*o+k])
						}
					}
				}
				v := sum / (1 + math.Exp(-sum))
				q.x = append(q.x, v)
				rms[k] += v * v / float64(p.h*p.w)
			}
		}
	}
	for k, v := range rms {
		rms[k] = math.Sqrt(v)
	}
	return q, rms
}

// The features of a random network are those of its definition, worked out pixel by pixel in
// float64, of sides that are halved and of ones that are not.
func TestRandom(t *testing.T) {
	for _, shape := range []datasets.Shape{{H: 8, W: 8, C: 1}, {H: 6, W: 10, C: 3}, {H: 5, W: 4, C: 2}} {
		r, err := newRandom(2, 5, On{Points: datasets.Info{Shape: shape}, Device: host(t)})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := laid(t, r)
		const n = 3
		x, img := make([]float32, n*shape.Len()), pixelsOf{h: shape.H, w: shape.W, c: shape.C}
		for i := range x {
			x[i] = float32(math.Sin(float64(7 * i)))
		}
		got := make([]float32, n*r.dim)
		if err := r.Extract(t.Context(), got, x); err != nil {
			t.Fatal(err)
		}
		for k := range n {
			img.x = nil
			for _, v := range x[k*shape.Len() : (k+1)*shape.Len()] {
				img.x = append(img.x, float64(v))
			}
			h, want := img, []float64{}
			for l := range levels {
				if l > 0 {
					h = h.halved()
				}
				var rms []float64
				name := fmt.Sprintf("conv%d.", l)
				h, rms = h.layer(arrayOf(p, r.weights, name+"weight"), arrayOf(p, r.weights, name+"bias"))
				want = append(want, rms...)
			}
			for i, w := range want {
				if g := float64(got[k*r.dim+i]); math.Abs(g-w) > 1e-5 {
					t.Errorf("%v: feature %d of point %d: got %v, want %v", shape, i, k, g, w)
				}
			}
		}
	}
}

// laid is where the weights of r are.
func laid(t *testing.T, r *random) *model.Params {
	t.Helper()
	p, err := model.Lay(r.point, func(b *graph.Builder, p *model.Params, u graph.Node) {
		r.features(b, p, u)
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Another seed is another network, and points are no images.
func TestRandomWeights(t *testing.T) {
	on := On{Points: datasets.Info{Shape: datasets.Shape{H: 8, W: 8, C: 1}}, Device: host(t)}
	a, err := newRandom(2, 5, on)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newRandom(2, 6, on)
	if err != nil {
		t.Fatal(err)
	}
	if a.Info().Hash == b.Info().Hash {
		t.Error("networks of two seeds have one hash")
	}
	// Inside a flat image, away from the zeros around it, the first level sees nothing.
	flat := pixelsOf{h: 3, w: 3, c: 1, x: []float64{5, 5, 5, 5, 5, 5, 5, 5, 5}}
	q, _ := flat.layer(arrayOf(laid(t, a), a.weights, first), []float32{0, 0})
	if v := math.Abs(q.at(1, 1, 0)) + math.Abs(q.at(1, 1, 1)); v > 1e-5 {
		t.Errorf("a flat image is %v to the first level", v)
	}
	on.Points.Shape = datasets.Shape{H: 1, W: 1, C: 9}
	if _, err := newRandom(2, 5, on); err == nil {
		t.Error("points were taken for images")
	}
}
