package datasets

import (
	"fmt"
	"strings"
)

// Shape is the extent of one sample. A point of R^D is 1×1×D.
type Shape struct {
	H, W, C int // rows, columns, channels
}

// Len is the number of values in one sample.
func (s Shape) Len() int { return s.H * s.W * s.C }

// Point is the shape of one sample as a tensor: [H, W, C] of an image, [D] of a point.
func (s Shape) Point() []int {
	if s.H == 1 && s.W == 1 {
		return []int{s.C}
	}
	return []int{s.H, s.W, s.C}
}

// String is "28×28×1".
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C) }

// ParseShape reads what Shape.String prints.
func ParseShape(s string) (Shape, error) {
	var h Shape
	_, err := fmt.Sscanf(strings.ReplaceAll(s, "×", "x"), "%dx%dx%d", &h.H, &h.W, &h.C)
	const most = 1 << 28
	if err != nil || h.String() != s || min(h.H, h.W, h.C) < 1 || h.H > most/h.W || h.H*h.W > most/h.C {
		return h, fmt.Errorf("shape: got %q, want rows×columns×channels of at most %d values", s, most)
	}
	return h, nil
}
