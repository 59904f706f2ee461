package exact

import "fmt"

// Origin says where a number comes from: how it was computed, how far it may be
// off, and under which prior. Numbers that take no integral over t are exact and
// have no Origin.
type Origin struct {
	// Method is "quadrature" or "Monte Carlo".
	Method string
	// Err estimates the largest error of these averages, each relative to the
	// average of the absolute value of what it adds up: what the quadrature left,
	// and the rounding of the exponents. It is not a bound.
	Err float64
	// Prior is the prior's name, truncated to [Min, Max], and Weight the loss weight
	// w(t) that multiplies it.
	Prior    string
	Min, Max float64
	Weight   string
}

// String is the origin in words.
func (o Origin) String() string {
	w := ""
	if o.Weight != "1" {
		w = " times " + o.Weight
	}
	return fmt.Sprintf("%s (error %.2g) under %s on [%g, %g]%s", o.Method, o.Err, o.Prior, o.Min, o.Max, w)
}

func (a *Blind) origin(err float64) Origin {
	p := a.Process.Prior
	return Origin{Method: "quadrature", Err: err, Prior: p.Name, Min: p.Min, Max: p.Max, Weight: a.weight}
}
