package eval

import "github.com/stillfield/stillfield/datasets"

// resized is an image of another size: each of its pixels is the mean of the area that it
// covers of the old one, whose pixels are constant squares.
func resized(img []float32, from, to datasets.Shape) []float32 {
	rows := overlaps(from.H, to.H)
	columns := overlaps(from.W, to.W)
	out := make([]float32, to.H*to.W*from.C)
	for i, down := range rows {
		for j, across := range columns {
			for c := range from.C {
				var sum float64
				for _, r := range down {
					for _, s := range across {
						sum += r.weight * s.weight * float64(img[(r.at*from.W+s.at)*from.C+c])
					}
				}
				out[(i*to.W+j)*from.C+c] = float32(sum)
			}
		}
	}
	return out
}

// part is how much of a new pixel an old one covers, along one axis.
type part struct {
	at     int
	weight float64
}

// overlaps lists, for each of to cells that divide the length of from, which of from they
// lie in. Lengths are counted in units of 1/(from·to), so that nothing is rounded before
// the weights.
func overlaps(from, to int) [][]part {
	cells := make([][]part, to)
	for i := range cells {
		lo, hi := i*from, (i+1)*from // an old pixel has length to
		for k := lo / to; k*to < hi; k++ {
			shared := min(hi, (k+1)*to) - max(lo, k*to)
			cells[i] = append(cells[i], part{k, float64(shared) / float64(from)})
		}
	}
	return cells
}
