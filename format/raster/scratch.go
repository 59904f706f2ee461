package raster

import "sync"

// memory is bytes that a picture is made in, larger ones where they are not enough.
type memory []uint8

// image is a picture of any pixels in the memory, which the next one overwrites.
func (b *memory) image(h, w, c int) Image {
	*b = resized(*b, h*w*c)
	return Image{h, w, c, *b}
}

// resized is a slice of n elements of any values, in the memory of list where that is enough.
func resized[S ~[]E, E any](list S, n int) S {
	if cap(list) < n {
		return make(S, n)
	}
	return list[:n]
}

// scratch is the memory of what stands between a file and the picture that is made of it. One decoder
// uses it at a time, and leaves it to the next.
type scratch struct {
	whole, turned memory     // the picture as it was decoded, and turned upright
	between       memory     // resized along one axis
	padded        memory     // resized, without what pads it
	gray          []int64    // two rows of grey
	color         [][3]int64 // two rows of red, green and blue
	across, down  axis
	row           []uint8 // red, green and blue of a row that is to be grey
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}
