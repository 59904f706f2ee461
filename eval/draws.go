package eval

import (
	"fmt"
	"math"
	"slices"
)

// Draw is what the points of one draw scored.
type Draw struct {
	Seed  uint64   `json:"seed"`
	Value float64  `json:"value"`
	Error *float64 `json:"error,omitempty"`
}

// draws are cases of c with the points of a draw each: with so many seeds as c says, from that of
// the configuration on, or as they are where they are drawn already.
func (c *Case) draws() []*Case {
	if c.drawn != nil {
		return []*Case{c}
	}
	all := make([]*Case, max(1, c.Seeds))
	for k := range all {
		one, s := *c, *c.Subject
		one.Subject, one.notes, one.generated = &s, nil, nil
		s.ahead = uint64(k)
		all[k] = &one
	}
	return all
}

// overDraws are the scores of several draws as one score of each name: its value is the mean of
// theirs, and its standard error the larger of what their spread and what their own errors say,
//
//	max(s/√k, √(Σ eᵢ²)/k),   s² = Σ (vᵢ − mean)²/(k − 1)
//
// The spread of three is known badly, and alone would often be too small. draws has the scores of
// each draw in the same order.
func overDraws(draws [][]Score, seeds []uint64) ([]Score, error) {
	if len(draws) == 1 {
		return single(draws[0], seeds), nil
	}
	means := slices.Clone(draws[0])
	for i := range means {
		m := &means[i]
		k := float64(len(draws))
		values, squares, own := make([]float64, len(draws)), 0., true
		for d, scores := range draws {
			if len(scores) != len(means) || scores[i].Name != m.Name {
				return nil, fmt.Errorf("seed %d has other scores than seed %d", seeds[d], seeds[0])
			}
			s := scores[i]
			values[d] = s.Value
			m.Draws = append(m.Draws, Draw{seeds[d], s.Value, s.Error})
			if own = own && s.Error != nil; own {
				squares += *s.Error * *s.Error
			}
		}
		mean, variance := moments(values)
		se := math.Sqrt(variance / k)
		m.Value, m.Error, m.By = mean, &se, fmt.Sprintf("spread over %d seeds / √%[1]d", len(draws))
		if own {
			if combined := math.Sqrt(squares) / k; combined > se {
				se = combined
			}
			m.By = fmt.Sprintf("the larger of the %s and the errors of the seeds (%s) combined", m.By,
				draws[0][i].By)
		}
		m.On = fmt.Sprintf("%s, for each of %d seeds", m.On, len(draws))
	}
	return means, nil
}

// single adds the seed of the only draw, where it is known.
func single(scores []Score, seeds []uint64) []Score {
	for i := range scores {
		if s := &scores[i]; len(seeds) == 1 {
			s.Draws = []Draw{{seeds[0], s.Value, s.Error}}
			s.On = fmt.Sprintf("%s, of seed %d alone", s.On, seeds[0])
		}
	}
	return scores
}
