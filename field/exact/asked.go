package exact

// asked is what is wanted of each of many points: averages over the posterior and vectors.
type asked struct {
	cut float64      // the log-weight, below the best, at which the posterior ends
	obs []observable // what is averaged
	// about are vectors that resolve those wanted.
	about []vector
	// of takes from the posterior of point i what it wants of numbers and returns as many vectors.
	of func(i int, p averaged) []vector
	// to has room for the vectors of point i.
	to func(i int) [][]float64
}

// averaged is the posterior of the noise time of one point.
type averaged interface {
	// average is E[f(t) | u].
	average(f observable) float64
	// edge is the posterior density at the time t, a bound of the prior, times width.
	edge(t, width float64) float64
	// known are log p(u) and the relative error of averages.
	known() (log, err float64)
}

// row is one point of a block: its products with all data, and, for each vector, the weights
// that the data and the point itself have in it.
type row struct {
	u, ux  []float64
	weight [][]float64
	own    []float64
	many   bool // whether Σ weight x is still to be added
}

// answer sets what point i of a asks for, or, where many data have a part in its vectors,
// the weights of r.
func (d *Dataset) answer(a *asked, i int, r *row, s *scratch) error {
	s.reset()
	r.many = false
	if notFinite(r.u) >= 0 {
		return d.alone(a, i, r.u, s) // which says so
	}
	g := d.seen(r.u, r.ux, d.norms, s)
	list, many, guess := g.candidates(a.cut, s)
	var ok bool
	var err error
	switch {
	case many:
		ok, err = d.crowd(a, i, r, g, nil, guess, s)
	case len(list) >= fewest:
		ok, err = d.crowd(a, i, r, g, list, guess, s)
	}
	if ok || err != nil {
		return err
	}
	if !many {
		if ok, err = d.apart(a, i, r.u, list, guess, s); ok || err != nil {
			return err
		}
	}
	s.reset()
	return d.alone(a, i, r.u, s)
}

// alone answers as Blind does.
func (d *Dataset) alone(a *asked, i int, u []float64, s *scratch) error {
	j, err := d.join(u, s, a.cut, a.obs)
	if err != nil {
		return err
	}
	j.answer(a, i)
	return nil
}

// answer sets what point i of a asks for from j.
func (j *joint) answer(a *asked, i int) {
	vectors := a.of(i, j)
	for v, to := range a.to(i) {
		j.meanTo(to, vectors[v].g, vectors[v].x)
	}
}

// apart answers of the listed data, looked at as Blind looks at all. It is not ok where data
// may have been left out by a wrong guess.
func (d *Dataset) apart(a *asked, i int, u []float64, list []int32, guess float64, s *scratch) (ok bool,
	err error) {
	q, err := d.query(u, s, list)
	if err != nil {
		return false, err
	}
	j, err := q.join(a.cut, a.obs)
	if err != nil || guess > q.best {
		return false, err
	}
	j.answer(a, i)
	return true, nil
}

// crowd answers of the listed data, or, for nil, of all, which g sees, as one crowd. It is not ok
// where that would lose too much to rounding.
func (d *Dataset) crowd(a *asked, i int, r *row, g *seen, list []int32, guess float64, s *scratch) (ok bool,
	err error) {
	weight := r.weight
	if list != nil {
		ux, norms := s.floats.raw(len(list)), s.floats.raw(len(list))
		for at, k := range list {
			ux[at], norms[at] = r.ux[k], d.norms[k]
		}
		g, weight = d.seen(r.u, ux, norms, s), s.rows[:0]
		for range r.weight {
			weight = append(weight, s.floats.raw(len(list)))
		}
		s.rows = weight
	}
	p, ok, err := d.together(g, guess, a, s)
	if !ok || err != nil {
		return false, err
	}
	p.weights(a.of(i, p), weight, r.own)
	d.spend(a.to(i), r, list, weight)
	return true, nil
}

const (
	// negligible is the weight of a datum, beside the largest, that is none.
	negligible = 0x1p-70
	// sparse is the share of the data below which vectors are summed one datum at a time.
	sparse = 1. / 48
)

// spend sets the vectors to to what r and the data have in them, where few data have a part;
// else the weights go to r.
func (d *Dataset) spend(to [][]float64, r *row, list []int32, weight [][]float64) {
	count := 0
	for _, w := range weight {
		var top float64
		for _, v := range w {
			top = max(top, v, -v)
		}
		for k, v := range w {
			if -negligible*top <= v && v <= negligible*top {
				w[k] = 0
				continue
			}
			count++
		}
	}
	if float64(count) > sparse*float64(len(d.norms)*len(to)) {
		r.many = true
		if list == nil {
			return
		}
		for v, w := range weight {
			clear(r.weight[v])
			for at, k := range list {
				r.weight[v][k] = w[at]
			}
		}
		return
	}
	for v, w := range weight {
		for c, x := range r.u {
			to[v][c] = r.own[v] * x
		}
		for at, share := range w {
			if share == 0 {
				continue
			}
			k := at
			if list != nil {
				k = int(list[at])
			}
			addScaled(to[v], share, d.points.Points[k])
		}
	}
}

// together finds the posterior over the crowd that g sees. It is not ok where sums over the
// crowd would lose too much to rounding, or the largest log-weight may be below guess.
func (d *Dataset) together(g *seen, guess float64, a *asked, s *scratch) (p *crowdPosterior, ok bool,
	err error) {
	c := &crowdSight{seen: g, s: s}
	if len(g.ux) >= d.ruled {
		p, ok = c.rule(crowdCut*a.cut, a.obs, a.about)
	}
	if ok && guess > p.log+d.logMass {
		return nil, false, nil
	}
	if !ok {
		if p, ok, err = c.panels(guess, crowdCut*a.cut, a.obs); !ok || err != nil {
			return nil, false, err
		}
	}
	for i := range p.nodes {
		if !(g.lost(p.nodes[i].variance(g.jitter2)) < mostLost) {
			return nil, false, nil
		}
	}
	return p, true, nil
}
