package geometry

import (
	"errors"
	"fmt"

	"github.com/stillfield/stillfield/format/bounded"
)

// ReadPoints reads points of dimension dim: [[…], …].
func ReadPoints(path string, dim int) ([][]float64, error) {
	b, err := bounded.ReadFile(path, largestFile)
	if err != nil {
		return nil, err
	}
	points, err := ParsePoints(b, dim)
	if err != nil {
		return nil, fmt.Errorf("geometry: ReadPoints: %s: %w", bounded.Name(path), err)
	}
	return points, nil
}

// ParsePoints is the points that the text of a file lists.
func ParsePoints(text []byte, dim int) ([][]float64, error) {
	var points [][]float64
	if err := decode(text, &points); err != nil {
		return nil, err
	}
	if len(points) == 0 {
		return nil, errors.New("got no points, want a list of at least one")
	}
	if err := sameDimension("point", points, dim); err != nil {
		return nil, fmt.Errorf("%w, that of the data", err)
	}
	return points, nil
}
