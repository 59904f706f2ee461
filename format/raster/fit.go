package raster

import "math"

// Fit is how a picture becomes one of other proportions.
type Fit int

const (
	Crop    Fit = iota // resized so that it covers, and what sticks out cut off, from the centre
	Stretch            // resized to the size, proportions or not
	Pad                // resized so that it fits in, in the middle of the background
)

// fits is the table of what each is called and does.
var fits = []struct {
	name string
	make func(m Image, w Wanted, into *memory, s *scratch) Image
}{
	Crop:    {"crop", crop},
	Stretch: {"stretch", stretch},
	Pad:     {"pad", pad},
}

// FitNames lists what [FitNamed] takes.
func FitNames() []string {
	var names []string
	for _, f := range fits {
		names = append(names, f.name)
	}
	return names
}

// FitNamed is the way called name; ok is false where none is.
func FitNamed(name string) (f Fit, ok bool) {
	for i := range fits {
		if fits[i].name == name {
			return Fit(i), true
		}
	}
	return 0, false
}

// crop is torchvision's Resize of the short side, which leaves the long one its fraction cut off,
// and CenterCrop, which rounds halves to even.
func crop(m Image, want Wanted, into *memory, s *scratch) Image {
	h, w := want.H, want.W
	if want.H*m.W >= want.W*m.H {
		w = want.H * m.W / m.H
	} else {
		h = want.W * m.H / m.W
	}
	y := int(math.RoundToEven(float64(h-want.H) / 2))
	x := int(math.RoundToEven(float64(w-want.W) / 2))
	return m.resize(h, w, span{y, y + want.H}, span{x, x + want.W}, into, s)
}

func stretch(m Image, w Wanted, into *memory, s *scratch) Image {
	return m.resize(w.H, w.W, span{0, w.H}, span{0, w.W}, into, s)
}

// pad is Pillow's ImageOps.pad.
func pad(m Image, want Wanted, into *memory, s *scratch) Image {
	h, w := want.H, want.W
	switch a, b := want.H*m.W, want.W*m.H; { // a < b: too wide for its height
	case a > b:
		h = max(int(math.RoundToEven(float64(want.W*m.H)/float64(m.W))), 1)
	case a < b:
		w = max(int(math.RoundToEven(float64(want.H*m.W)/float64(m.H))), 1)
	}
	r := into.image(want.H, want.W, m.C)
	r.fill(want.Background)
	inner := m.resize(h, w, span{0, h}, span{0, w}, &s.padded, s)
	y := int(math.RoundToEven(float64(want.H-h) / 2))
	x := int(math.RoundToEven(float64(want.W-w) / 2))
	for k := range h {
		copy(r.row(y + k)[x*m.C:], inner.row(k))
	}
	return r
}
