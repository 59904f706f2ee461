package datasets

import (
	"math"
	"testing"

	"github.com/stillfield/stillfield/choice"
)

// mean is a mean of draws, compared with that of the law. A mean of N draws of deviation s
// has deviation s/√N; the cut is five of them, and seeds are fixed.
type mean struct{ sum, n float64 }

func (m *mean) add(x float64) { m.sum, m.n = m.sum+x, m.n+1 }

func (m *mean) want(t *testing.T, what string, want, deviation float64) {
	t.Helper()
	if got := m.sum / m.n; !(math.Abs(got-want) <= 5*deviation/math.Sqrt(m.n)) {
		t.Errorf("mean of %s over %v draws is %v, want %v ± %v", what, m.n, got, want,
			5*deviation/math.Sqrt(m.n))
	}
}

func drawFigure(t *testing.T, kind string, params choice.Values) *Lifted {
	t.Helper()
	params["count"] = 40000
	return lifted(t, choice.Choice{Kind: kind, Params: choice.Values{}}, 0, params)
}

// The moons are what they are of each other, turned by half; without noise their points lie
// on the half circle.
func TestMoonsLaw(t *testing.T) {
	l := drawFigure(t, "moons", choice.Values{"noise": 0.})
	for i := range 40000 {
		z, side := l.point(i), 1-2*float64(l.labels[i])
		x, y := side*z[0]+.5, side*z[1]+.25
		if math.Abs(math.Hypot(x, y)-1) > 1e-12 || y < 0 {
			t.Fatalf("point %d: (%v, %v) is not on the moon", i, x, y)
		}
	}
	l = drawFigure(t, "moons", choice.Values{"noise": .1})
	var cos, sin, square [2]mean
	for i := range 40000 {
		z, moon := l.point(i), l.labels[i]
		side := 1 - 2*float64(moon)
		cos[moon].add(side*z[0] + .5)
		sin[moon].add(side*z[1] + .25)
		square[moon].add(math.Pow(side*z[0]+.5, 2) + math.Pow(side*z[1]+.25, 2))
	}
	for moon := range 2 {
		cos[moon].want(t, "cos φ", 0, math.Hypot(math.Sqrt(.5), .1))
		sin[moon].want(t, "sin φ", 2/math.Pi, math.Hypot(math.Sqrt(.5-4/(math.Pi*math.Pi)), .1))
		square[moon].want(t, "|z|²", 1+2*.01, math.Sqrt(4*.01+4*1e-4)) // as of rings
	}
}

// Every point is in a dark square, and each of these has its share.
func TestCheckerboardLaw(t *testing.T) {
	for _, side := range []int{2, 3, 4, 5, 8} {
		l := drawFigure(t, "checkerboard", choice.Values{"squares": side})
		dark := (side*side + 1) / 2
		share, x2 := map[[2]int]*mean{}, mean{}
		for i := range 40000 {
			z := l.point(i)
			column := int(math.Floor((z[0] + 1) / 2 * float64(side)))
			row := int(math.Floor((z[1] + 1) / 2 * float64(side)))
			if column < 0 || column >= side || row < 0 || row >= side || (row+column)%2 != 0 {
				t.Fatalf("%d squares: point %d, %v, is in column %d, row %d", side, i, z, column, row)
			}
			if share[[2]int{row, column}] == nil {
				share[[2]int{row, column}] = &mean{}
			}
			share[[2]int{row, column}].sum++
			in := (z[0]+1)/2*float64(side) - float64(column)
			x2.add(in * in)
		}
		if len(share) != dark {
			t.Errorf("%d squares: points in %d, want %d", side, len(share), dark)
		}
		for at, m := range share {
			p := 1 / float64(dark)
			m.n = 40000
			m.want(t, "in square "+choice.Format(at[:]), p, math.Sqrt(p*(1-p)))
		}
		x2.want(t, "the squared place in a square", 1./3, math.Sqrt(1./5-1./9))
	}
}

// Without noise the angle of a point of the roll tells its distance from the axis, which is
// uniform, as is the place along the axis.
func TestSwissRollLaw(t *testing.T) {
	for _, roll := range []string{"spiral", "sheet"} {
		c := choice.Choice{Kind: "swiss-roll", Params: choice.Values{"roll": roll, "dim": 3}}
		l := lifted(t, c, 0, choice.Values{"count": 40000, "noise": 0.})
		var at, at2, height, height2 mean
		for i := range 40000 {
			z := l.point(i)
			r := math.Hypot(z[0], z[1])
			turn := math.Remainder(9*math.Pi/2*r-math.Atan2(z[1], z[0]), 2*math.Pi)
			if math.Abs(turn) > 1e-9 || r < 1./3 || r > 1 {
				t.Fatalf("%s: point %d, %v, is not on the roll: %v of a turn off", roll, i, z, turn)
			}
			at.add(r)
			at2.add(r * r)
			if roll == "sheet" {
				height.add(z[2])
				height2.add(z[2] * z[2])
			}
		}
		at.want(t, "t", 2./3, math.Sqrt(1./27))
		at2.want(t, "t²", 13./27, math.Sqrt((1-1./243)/5*1.5-169./729)) // E t⁴ = (1 − 3⁻⁵)/5 · 3/2
		if roll == "sheet" {
			const h = 21 / (9 * math.Pi)
			height.want(t, "h", 0, h/math.Sqrt(3))
			height2.want(t, "h²", h*h/3, h*h*math.Sqrt(1./5-1./9))
		}
	}
	// scikit-learn's is 21 wide and 9π/2 = 14.1 far out.
	if l := drawFigure(t, "swiss-roll", choice.Values{}); l.space != 2 {
		t.Errorf("the spiral has %d dimensions, want 2", l.space)
	}
}

// The components have their weights, means and deviations.
func TestGaussiansLaw(t *testing.T) {
	for _, params := range []choice.Values{
		{},
		{"means": "grid"},
		{"means": "grid", "components": 1},
		{"means": "random", "components": 3, "weights": []float64{1, 2, 5}, "radius": 3.},
		{"components": 2, "deviation": []float64{0, .3}, "weights": []float64{9, 1}},
	} {
		c := choice.Choice{Kind: "gaussians", Params: params}
		c.Params["count"], c.Params["seed"] = 40000, uint64(3)
		src, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		g := src.(*Gaussians)
		means, deviations, weights := g.Law()
		var sum float64
		for k, at := range means {
			var share, x, y, square mean
			for i := range 40000 {
				share.n++
				if g.labels[i] != int32(k) {
					continue
				}
				share.sum++
				z := g.point(i)
				x.add(z[0] - at[0])
				y.add(z[1] - at[1])
				square.add(math.Pow(z[0]-at[0], 2) + math.Pow(z[1]-at[1], 2))
			}
			w, s := weights[k], deviations[k]
			share.want(t, "component", w, math.Sqrt(w*(1-w)))
			x.want(t, "x", 0, s)
			y.want(t, "y", 0, s)
			square.want(t, "|z − m|²", 2*s*s, 2*s*s)
			sum += w
		}
		if !(math.Abs(sum-1) < 1e-12) {
			t.Errorf("%v: the weights sum to %v", params, sum)
		}
	}
}

// Where the normals are: on the circle at equal angles, on the grid to the corners, in the square.
func TestMeans(t *testing.T) {
	s := newStream(4, forMeans)
	for k, at := range means("circle", 5, 2, s) {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / 5)
		if math.Hypot(at[0]-2*cos, at[1]-2*sin) > 1e-12 {
			t.Errorf("mean %d is %v", k, at)
		}
	}
	grid := means("grid", 9, 2, s)
	for k := range grid {
		if want := [2]float64{float64(2*(k%3) - 2), float64(2*(k/3) - 2)}; grid[k] != want {
			t.Errorf("mean %d of the grid is %v, want %v", k, grid[k], want)
		}
	}
	if one := means("grid", 1, 2, s)[0]; one != [2]float64{} {
		t.Errorf("a grid of one has it at %v, want 0", one)
	}
	random := means("random", 100, 2, s)
	for k, at := range random {
		if max(math.Abs(at[0]), math.Abs(at[1])) > 2 || k > 0 && at == random[k-1] {
			t.Errorf("mean %d is %v", k, at)
		}
	}
}
