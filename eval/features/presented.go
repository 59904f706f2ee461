package features

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/eval/inference"
)

// presented is how points are shown to a network that was made for pictures of 8 bits: first as
// such a picture, which is what other programs save and read, of numbers 0 … 255; then at the
// network's size; then as (v − mean)/std, channel after channel.
type presented struct {
	points    datasets.Info
	to        datasets.Shape // what the network takes
	resizer   *resizer       // nil where points are of that size
	clip      bool           // what a resize makes below 0 or above 255 is cut off
	mean, std []float32      // of each channel, of numbers 0 … 255
}

// checkPicture refuses points that no network for pictures of c channels can be shown.
func checkPicture(points datasets.Info, c int) error {
	if !points.Image || points.Shape.C != c && !(points.Shape.C == 1 && c == 3) {
		return fmt.Errorf("got %s, points of %v, want images of %d channels, or grey ones for 3",
			points.Name, points.Shape, c)
	}
	return nil
}

// String is what provenance says of it.
func (p *presented) String() string {
	text := "256 levels"
	if p.resizer != nil {
		text += "; " + p.resizer.String()
		if p.clip {
			text += ", cut off at 0 and 255"
		}
	}
	if p.points.Shape.C != p.to.C {
		text += "; grey repeated to 3 channels"
	}
	return text + fmt.Sprintf("; (v − %s)/%s", ofChannels(p.mean), ofChannels(p.std))
}

// ofChannels is a number of each channel, once where they are one.
func ofChannels(v []float32) string {
	if slices.Min(v) == slices.Max(v) {
		return fmt.Sprint(v[0])
	}
	return fmt.Sprint(v)
}

// set shows point x to a network, whose input is dst [channels, rows, columns].
func (p *presented) set(dst, x []float32) {
	img := make([]float32, len(x))
	scale := 255 / (float64(p.points.Hi) - float64(p.points.Lo))
	for i, v := range x {
		level := math.RoundToEven((float64(v) - float64(p.points.Lo)) * scale)
		img[i] = float32(min(max(level, 0), 255))
	}
	if p.resizer != nil {
		img = p.resizer.resize(img)
	}
	c, area := p.points.Shape.C, p.to.H*p.to.W
	for k := range p.to.C {
		out, from := dst[k*area:][:area], min(k, c-1)
		for i := range out {
			v := img[i*c+from]
			if p.clip {
				v = min(max(v, 0), 255)
			}
			out[i] = (v - p.mean[k]) / p.std[k]
		}
	}
}

// shown extracts features by a network of package inference.
type shown struct {
	presented
	net *inference.Network
	dim int
}

func (s *shown) Extract(ctx context.Context, dst, x []float32) error {
	size := s.points.Shape.Len()
	n, err := checkExtract(ctx, dst, x, s.dim, size)
	if err != nil {
		return err
	}
	err = s.net.Run(ctx, n,
		func(i int, in []float32) { s.set(in, x[i*size:(i+1)*size]) },
		func(i int, out []float32) { copy(dst[i*s.dim:], out) })
	if err != nil {
		return err
	}
	for i, v := range dst {
		if v-v != 0 {
			return fmt.Errorf("feature %d of a point is %v, want finite numbers", i%s.dim, v)
		}
	}
	return nil
}

// AtOnce is three seconds of one core for Inception-v3, and points enough for sixteen cores.
func (*shown) AtOnce() int { return 16 }

// Close ends the workers.
func (s *shown) Close() error {
	s.net.Close()
	return nil
}
