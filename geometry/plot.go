package geometry

// Plot is a picture as numbers. Package geometry/chart draws it.
type Plot struct {
	Name       string // of its files
	Title      string
	X, Y       string // what the axes show
	LogX, LogY bool
	Square     bool // one unit is as long on both axes
	Lines      []Line
	Heat       *Heat
	Surface    *Heat // drawn as a surface in space, in place of all else
	// Range is where both axes end, from its negative; 0 for where the lines end.
	Range float64
	// Coincide is set where lines may hide one another: those drawn first are wider, and show on both
	// sides of those above them.
	Coincide bool
	// Panels are rows of plots, drawn in place of all else.
	Panels [][]Plot
}

// Line joins points, or marks them.
type Line struct {
	Name   string // in the legend; "" for none
	X, Y   []float64
	SE     []float64 `json:",omitempty"` // bars of ± so much at each point; nil for none
	Dashed bool      // a prediction
	Marks  bool      // points that are not joined
	Thin   bool      // one of many
	Ink    int       `json:",omitempty"` // of the palette, from 1; 0 for the next
}

// Heat is a function on a grid: Z[j][i] at X[i], Y[j].
type Heat struct {
	X, Y   []float64
	Z      [][]float64
	Levels []float64 // of contours
	Top    float64   // what is above is not drawn
}

// line joins the points (x, y). Those that are not positive have no place on a
// logarithmic axis and are not drawn.
func line(name string, x, y []float64) Line { return Line{Name: name, X: x, Y: y} }

// predicted is a dashed line.
func predicted(name string, x, y []float64) Line { return Line{Name: name, X: x, Y: y, Dashed: true} }
