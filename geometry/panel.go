package geometry

import "math"

// panel is a picture of points in the plane, cut off where the paper's is.
func panel(title string, points [][]float64) Plot {
	const most = 1.5
	l := Line{Marks: true, Thin: true}
	for _, u := range points {
		if math.Abs(u[0]) <= most && math.Abs(u[1]) <= most {
			l.X, l.Y = append(l.X, u[0]), append(l.Y, u[1])
		}
	}
	p := Plot{Title: title, Square: true, Range: most, Lines: outlines()}
	if len(l.X) > 0 {
		p.Lines = append(p.Lines, l)
	}
	return p
}

// outlines are the two circles.
func outlines() []Line {
	var all []Line
	for _, r := range radiusOf {
		circle := Line{Dashed: true}
		for _, turn := range spaced(0, 2*math.Pi, 121) {
			circle.X, circle.Y = append(circle.X, r*math.Cos(turn)), append(circle.Y, r*math.Sin(turn))
		}
		all = append(all, circle)
	}
	return all
}
