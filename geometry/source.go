package geometry

import (
	"fmt"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/memory"
)

// OfSource is the law of finitely many data: a point for each sample of src, all equally
// likely. It takes 8 bytes a coordinate, and a [exact.Dataset] of it 8 more.
func OfSource(src datasets.Source) (exact.Mixture, error) {
	info := src.Info()
	dim := info.Shape.Len()
	if err := memory.Fits(16 * uint64(info.Count) * uint64(dim)); err != nil {
		return exact.Mixture{}, fmt.Errorf("geometry: OfSource: %d points of %d coordinates: %w", info.Count,
			dim, err)
	}
	m := exact.Mixture{Points: make([][]float64, info.Count)}
	row := make([]float32, dim)
	for i := range m.Points {
		if _, err := src.Read(row, i); err != nil {
			return exact.Mixture{}, fmt.Errorf("geometry: OfSource: %w", err)
		}
		m.Points[i] = make([]float64, dim)
		for j, v := range row {
			m.Points[i][j] = float64(v)
		}
	}
	return m, nil
}
