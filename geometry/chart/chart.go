// Package chart makes pictures and a page of what package geometry computes, with
// gonum.org/v1/plot.
package chart

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/stillfield/stillfield/geometry"
)

// The size of a picture.
const (
	width  = 6.4 * vg.Inch
	height = 4.4 * vg.Inch

	panelSide = 2.1 * vg.Inch // of a panel among others
)

// Formats are the formats there are, which are also the suffixes of file names.
var Formats = []string{"png", "svg"}

// Write draws p in a format.
func Write(w io.Writer, p geometry.Plot, format string) error {
	rows := p.Panels
	wide, high := vg.Length(width), vg.Length(height)
	if len(rows) > 0 {
		wide, high = vg.Length(len(rows[0]))*panelSide, vg.Length(len(rows))*panelSide*1.08
	} else {
		rows = [][]geometry.Plot{{p}}
	}
	if p.Square {
		wide = height * 1.05
	}
	var canvas vg.CanvasWriterTo
	switch format {
	case "png":
		const density = 160 // pixels an inch
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(wide, high), vgimg.UseDPI(density))}
	case "svg":
		canvas = vgsvg.New(wide, high)
	default:
		return fmt.Errorf("chart: %s: format: got %q, want one of %v", p.Name, format, Formats)
	}
	tiles := draw.Tiles{Rows: len(rows), Cols: len(rows[0]), PadX: 4, PadY: 4}
	if len(p.Panels) > 0 {
		tiles.PadTop, tiles.PadBottom, tiles.PadLeft, tiles.PadRight = 4, 4, 4, 4
	}
	for j, row := range rows {
		for i, one := range row {
			c, err := picture(one)
			if err != nil {
				return fmt.Errorf("chart: %s: %w", p.Name, err)
			}
			if len(p.Panels) > 0 {
				c.Title.TextStyle.Font.Size = 9
				c.HideAxes()
			}
			c.Draw(tiles.At(draw.New(canvas), i, j))
		}
	}
	_, err := canvas.WriteTo(w)
	return err
}

// inks is Okabe and Ito's palette, which colour-blind readers tell apart.
var inks = []color.Color{
	color.NRGBA{0, 114, 178, 255}, color.NRGBA{213, 94, 0, 255}, color.NRGBA{0, 158, 115, 255},
	color.NRGBA{204, 121, 167, 255}, color.NRGBA{230, 159, 0, 255}, color.NRGBA{86, 180, 233, 255},
	color.NRGBA{0, 0, 0, 255}, color.NRGBA{120, 94, 60, 255}, color.NRGBA{110, 110, 110, 255},
	color.NRGBA{90, 60, 180, 255},
}

func picture(p geometry.Plot) (*plot.Plot, error) {
	texts := []string{p.Title, p.X, p.Y}
	for _, l := range p.Lines {
		texts = append(texts, l.Name)
	}
	for _, text := range texts {
		if err := drawable(text); err != nil {
			return nil, err
		}
	}
	c := plot.New()
	c.Title.Text = p.Title
	c.Title.TextStyle.Font, c.Title.TextStyle.Handler = sans(12), handler
	c.Title.Padding = 6
	for _, axis := range []*plot.Axis{&c.X, &c.Y} {
		axis.Label.TextStyle.Font = sans(11)
		axis.Tick.Label.Font = sans(9)
		axis.Label.TextStyle.Handler, axis.Tick.Label.Handler = handler, handler
	}
	c.BackgroundColor = color.White
	c.X.Label.Text, c.Y.Label.Text = p.X, p.Y
	if p.Surface != nil {
		c.HideAxes()
		surface(c, p.Surface)
		return c, nil
	}
	if p.Heat != nil {
		heat(c, p.Heat)
	} else {
		grid := plotter.NewGrid()
		grid.Horizontal.Color, grid.Vertical.Color = color.Gray{230}, color.Gray{230}
		c.Add(grid)
	}
	if p.LogX {
		c.X.Tick.Marker = decades{marked: few(p)}
	}
	if p.LogY {
		c.Y.Tick.Marker = decades{}
	}
	c.Legend.TextStyle.Font, c.Legend.TextStyle.Handler = sans(9), handler
	c.Legend.Padding = 2
	if p.Range > 0 {
		c.X.Min, c.X.Max, c.Y.Min, c.Y.Max = -p.Range, p.Range, -p.Range, p.Range
	}
	drawn := 0
	for _, l := range p.Lines {
		if err := lines(c, p, l, drawn); err != nil {
			return nil, err
		}
		if !l.Thin {
			drawn++
		}
	}
	legendAbove(c, p)
	return c, nil
}

// legendAbove lengthens the axis so that the legend covers no line.
func legendAbove(c *plot.Plot, p geometry.Plot) {
	named := 0
	for _, l := range p.Lines {
		if l.Name != "" {
			named++
		}
	}
	if named == 0 || p.Heat != nil {
		return
	}
	c.Legend.Top = true
	c.Legend.XOffs, c.Legend.YOffs = -4, -4
	c.Y.Max += (0.03 + 0.05*float64(named)) * (c.Y.Max - c.Y.Min)
}

// lines adds one line or set of marks, the i-th that is no thin one.
func lines(c *plot.Plot, p geometry.Plot, l geometry.Line, i int) error {
	points := make(plotter.XYs, 0, len(l.X))
	for j, x := range l.X {
		if at := place(p, x, l.Y[j]); !math.IsNaN(at.X) && !math.IsNaN(at.Y) {
			points = append(points, at)
		}
	}
	if len(points) == 0 {
		return fmt.Errorf("line %q: got no point that its axes have room for, want at least one", l.Name)
	}
	if l.Ink > 0 {
		i = l.Ink - 1
	}
	ink := inks[i%len(inks)]
	if err := bars(c, p, l, ink); err != nil {
		return err
	}
	if l.Marks {
		s, err := plotter.NewScatter(points)
		if err != nil {
			return err
		}
		s.Color, s.Shape, s.Radius = ink, draw.CircleGlyph{}, 3.2
		if l.Thin {
			s.Color, s.Radius = inks[0], 1.3
		}
		if p.Heat != nil {
			s.Color = color.NRGBA{213, 94, 0, 255}
		}
		c.Add(s)
		if l.Name != "" && p.Heat == nil {
			c.Legend.Add(l.Name, s)
		}
		return nil
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return err
	}
	line.Color, line.Width = ink, 1.4
	if p.Coincide {
		line.Width += 0.9 * vg.Length(len(p.Lines)-1-i)
	}
	if l.Dashed {
		line.Dashes = []vg.Length{5, 3}
	}
	if l.Name == "" && l.Ink == 0 {
		line.Color = color.Gray{90}
	}
	if l.Thin {
		line.Color, line.Width = color.NRGBA{255, 255, 255, 190}, 0.8
	}
	c.Add(line)
	if l.Name != "" {
		c.Legend.Add(l.Name, line)
	}
	return nil
}
