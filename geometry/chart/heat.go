package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/plotter"

	"github.com/stillfield/stillfield/geometry"
)

// grid is a Heat as plotters take it, without what lies above the top.
type grid struct {
	*geometry.Heat
	top float64
}

func (g grid) Dims() (columns, rows int)      { return len(g.Heat.X), len(g.Heat.Y) }
func (g grid) Z(column, row int) float64      { return min(g.Heat.Z[row][column], g.top) }
func (g grid) X(column int) float64           { return g.Heat.X[column] }
func (g grid) Y(row int) float64              { return g.Heat.Y[row] }
func (g grid) shade(z, least float64) float64 { return (min(z, g.top) - least) / (g.top - least) }

// newGrid cuts h off at its top.
func newGrid(h *geometry.Heat) (g grid, least float64) {
	g, least = grid{h, h.Top}, math.Inf(1)
	for _, row := range h.Z {
		for _, z := range row {
			least = min(least, z)
		}
	}
	return g, least
}

// colours runs from dark, the wells, to bright.
func colours(n int) palette.Palette {
	m := moreland.Kindlmann()
	m.SetMin(-0.15)
	m.SetMax(1.12)
	return m.Palette(n)
}

func heat(c *plot.Plot, h *geometry.Heat) {
	g, _ := newGrid(h)
	m := plotter.NewHeatMap(g, colours(256))
	m.Rasterized = true // cells beside each other leave no seam
	c.Add(m)
	contours := plotter.NewContour(g, h.Levels, nil)
	for i := range contours.LineStyles {
		contours.LineStyles[i].Color = color.NRGBA{0, 0, 0, 130}
		contours.LineStyles[i].Width = 0.6
	}
	c.Add(contours)
}

// surface adds h as a surface seen from above its corner: u₁ runs to the right, u₂
// away from the reader, and facets farther away are drawn first.
func surface(c *plot.Plot, h *geometry.Heat) {
	g, least := newGrid(h)
	shades := colours(256).Colors()
	columns, rows := g.Dims()
	const every = 2
	rise := 0.45 * (h.X[columns-1] - h.X[0]) / (g.top - least)
	project := func(i, j int) plotter.XY {
		x, y := h.X[i], h.Y[j]
		return plotter.XY{X: 0.94*x + 0.34*y, Y: 0.36*y - 0.12*x + rise*g.Z(i, j)}
	}
	for j := rows - 1 - every; j >= 0; j -= every {
		for i := 0; i+every < columns; i += every {
			corners := plotter.XYs{project(i, j), project(i+every, j), project(i+every, j+every),
				project(i, j+every)}
			facet, err := plotter.NewPolygon(corners)
			if err != nil {
				continue // a facet of a point that is not finite
			}
			if min(g.Z(i, j), g.Z(i+every, j), g.Z(i+every, j+every), g.Z(i, j+every)) >= g.top {
				continue
			}
			z := (g.Z(i, j) + g.Z(i+every, j) + g.Z(i+every, j+every) + g.Z(i, j+every)) / 4
			facet.Color = shades[int(min(max(g.shade(z, least), 0), 1)*255)]
			facet.LineStyle.Width = 0.25
			facet.LineStyle.Color = color.NRGBA{0, 0, 0, 110}
			c.Add(facet)
		}
	}
}
