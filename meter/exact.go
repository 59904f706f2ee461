package meter

import (
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
)

var _ = Meters.Add(choice.Entry[Meter]{
	Name: "exact", Example: "exact",
	About: "how far the field is from the exact blind field of its training data, and its loss beside the " +
		"least",
	Make: Meter{take: takeExact, cost: func(s Subject) Cost {
		n := s.points()
		if s.Held != nil {
			n *= 2
		}
		return Cost{n, n}
	}},
})

// losses are sums over coordinates, times w(t)/D, by time and draw, of one set of points. The
// prior's average of learned is the loss that training lowers.
type losses struct {
	miss    [][]float64 // ‖f − f*‖²
	power   [][]float64 // ‖f*‖²
	learned [][]float64 // ‖f − r‖²
	least   [][]float64 // ‖f* − r‖²
}

// lossesOf measures one set. done is told of each time.
func (b *Bench) lossesOf(which int, done func()) (*losses, error) {
	s, err := b.set(which)
	if err != nil {
		return nil, err
	}
	var l losses
	for k, t := range b.times {
		f, err := b.learned(s, k)
		if err != nil {
			return nil, err
		}
		e, err := b.exactly(s, k)
		if err != nil {
			return nil, err
		}
		c := b.Process.At(t)
		r, w := b.mixed(s, c.C, c.D), b.Process.Prior.Weight.Eval(t)/float64(b.dim)
		var sums [4][]float64
		for i := range b.Draws {
			var sum [4]float64
			for j := range b.dim {
				f, e, r := float64(f[i*b.dim+j]), e[i][j], float64(r[i*b.dim+j])
				for q, v := range [4]float64{f - e, e, f - r, e - r} {
					sum[q] += v * v
				}
			}
			for q := range sums {
				sums[q] = append(sums[q], w*sum[q])
			}
		}
		l.miss, l.power = append(l.miss, sums[0]), append(l.power, sums[1])
		l.learned, l.least = append(l.learned, sums[2]), append(l.least, sums[3])
		done()
	}
	return &l, nil
}

const lossKind = "w ‖·‖²/D"

func takeExact(b *Bench) (*Reading, error) {
	sets := 1
	if b.Held != nil {
		sets = 2
	}
	r := &Reading{Over: "t", Title: "Learned against the exact blind field of the training data"}
	var all [2]*losses
	done := 0
	for which := range sets {
		l, err := b.lossesOf(which, func() { done++; b.report(done, sets*len(b.times)) })
		if err != nil {
			return nil, err
		}
		all[which] = l
		on := ", " + setNames[which]
		least := averaged(lossKind, "loss of the exact field"+on, b.times, l.least)
		least.Law = true
		r.Curves = append(r.Curves,
			rooted("relative error", "relative error"+on, b.times, l.miss, l.power),
			averaged(lossKind, "excess"+on, b.times, l.miss),
			averaged(lossKind, "loss"+on, b.times, l.learned), least)
	}
	if sets == 2 {
		r.Curves = append(r.Curves, memorised(b.times, all[ofData], all[ofHeld]))
	}
	r.Text = "f is the network, f* the exact blind field of the finite training data: what a network that " +
		"had " +
		"learnt them by heart would output. Relative error is √(E‖f − f*‖²/E‖f*‖²), excess w E‖f − " +
		"f*‖²/D, loss " +
		"w E‖f − r‖²/D. On training data no blind field has less loss than f*, over all times."
	if sets == 2 {
		r.Text += " Memorisation is how much more f loses on held-out data than on training data, as a " +
			"share of " +
			"what f* does: 0 is a network that cannot tell them apart, 1 one that has learnt its data by " +
			"heart. " +
			"It is left out where f* itself loses as much on both."
	}
	if sets == 1 {
		r.Text += " There are no held-out data: " + b.NoHeld + "."
	}
	r.Label = fmt.Sprintf("Monte Carlo over (x, ε), n = %d at each of %d times, standard errors in the "+
		"table; f* "+
		"by quadrature; one draw has the same x and ε at all times", b.Draws, len(b.times))
	return r, nil
}

// memorised is by time, and over all, (L_held(f) − L(f))/(L_held(f*) − L(f*)), where the
// denominator is at least four standard errors from 0.
func memorised(times []float64, data, held *losses) Curve {
	c := Curve{Kind: "memorisation", Name: "memorisation"}
	ratio := func(k []float64, l []float64, m []float64, n []float64) (Estimate, bool) {
		over, under := minus(k, l), minus(m, n)
		d := Mean(under)
		return Ratio(over, under), math.Abs(d.Mean) > 4*d.SE
	}
	for k, t := range times {
		if e, ok := ratio(held.learned[k], data.learned[k], held.least[k], data.least[k]); ok {
			c.add(t, e)
		}
	}
	e, ok := ratio(across(held.learned), across(data.learned), across(held.least), across(data.least))
	if ok {
		c.over(e)
	}
	return c
}

func minus(x, y []float64) []float64 {
	d := make([]float64, len(x))
	for i := range d {
		d[i] = x[i] - y[i]
	}
	return d
}
