package inference

import "fmt"

// window is how a convolution or a pool moves over an image: for each of two axes, rows and
// columns, the size of the window, its stride, the distance of its pixels, and the padding
// before and after.
type window struct {
	size, stride, dilation, before, after [2]int
	from, to                              [2]int // pixels of the image and of the output
}

// windowOf reads the window of a node on images of that shape.
func (n *node) windowOf(shape, size []int) (w window, err error) {
	strides, dilations := n.ints("strides", 1, 1), n.ints("dilations", 1, 1)
	pads := n.ints("pads", 0, 0, 0, 0)
	if len(shape) != 4 || len(size) != 2 || len(strides) != 2 || len(dilations) != 2 || len(pads) != 4 {
		return w, fmt.Errorf("got shape %v, window %v, strides %v, dilations %v and pads %v, want those of"+
			" two axes", shape, size, strides, dilations, pads)
	}
	for a := range 2 {
		w.size[a], w.stride[a], w.dilation[a] = size[a], strides[a], dilations[a]
		w.before[a], w.after[a], w.from[a] = pads[a], pads[a+2], shape[a+2]
		for _, v := range []int{w.size[a], w.stride[a], w.dilation[a], w.before[a] + 1, w.after[a] + 1} {
			if v < 1 || v > 1<<16 {
				return w, fmt.Errorf("got window %v, strides %v, dilations %v and pads %v, want them between"+
					" 1 and 65536, pads from 0", size, strides, dilations, pads)
			}
		}
		if err := w.pad(a, n); err != nil {
			return w, err
		}
		wide := (w.size[a]-1)*w.dilation[a] + 1
		free := w.from[a] + w.before[a] + w.after[a] - wide
		if free < 0 {
			return w, fmt.Errorf("got a window of %d on %d pixels and padding %d and %d, want a smaller one",
				wide, w.from[a], w.before[a], w.after[a])
		}
		w.to[a] = free/w.stride[a] + 1
		if n.int("ceil_mode", 0) == 1 && free%w.stride[a] != 0 &&
			w.to[a]*w.stride[a] < w.from[a]+w.before[a] { // a window that begins in the padding is none
			w.to[a]++
		}
	}
	return w, nil
}

// pad is the padding along axis a that auto_pad asks for.
func (w *window) pad(a int, n *node) error {
	auto := n.attr("auto_pad")
	if auto == nil || auto.Text == "NOTSET" {
		return nil
	}
	w.before[a], w.after[a] = 0, 0
	wide := (w.size[a]-1)*w.dilation[a] + 1
	total := max(0, ((w.from[a]+w.stride[a]-1)/w.stride[a]-1)*w.stride[a]+wide-w.from[a])
	switch auto.Text {
	case "VALID":
	case "SAME_UPPER":
		w.before[a], w.after[a] = total/2, total-total/2
	case "SAME_LOWER":
		w.before[a], w.after[a] = total-total/2, total/2
	default:
		return fmt.Errorf("auto_pad: got %q, want NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto.Text)
	}
	return nil
}

// inside are the outputs first … end−1 along axis a, none where these cross, whose window has its
// pixel k in the image: output o has there pixel o·stride + k·dilation − before.
func (w *window) inside(a, k int) (first, end int) {
	at := k*w.dilation[a] - w.before[a]
	if at < 0 {
		first = (-at + w.stride[a] - 1) / w.stride[a]
	}
	if last := w.from[a] - 1 - at; last >= 0 {
		end = last/w.stride[a] + 1
	}
	return first, min(end, w.to[a])
}

// span are the pixels first … end−1 of the image along axis a that the window of output o has,
// and padded is how many it has with the padding.
func (w *window) span(a, o int) (first, end, padded int) {
	first = o*w.stride[a] - w.before[a]
	end = min(first+w.size[a], w.from[a]+w.after[a])
	padded = end - first
	return max(first, 0), min(end, w.from[a]), padded
}
