package sample

// Asked is the field that x evaluates, as an Eval for at most n points at a time: on a
// device, what the host asks of it. x is not for anything else from then on.
func Asked(x Executor, n int) (Eval, error) {
	if err := x.Reserve(Form{Registers: 1}, n); err != nil {
		return nil, err
	}
	st := make([]Stage, n) // u ← f
	rows, all, out := make([]Row, n), make([]int, n), make([]float32, n*x.Dim())
	for i := range rows {
		st[i] = Stage{Step: 1, Ask: []float64{1}, Set: [][]float64{{0, 1}}}
		rows[i], all[i] = Row{Stage: &st[i]}, i
	}
	return func(f []float64, q Query) error {
		for i := range q.N {
			st[i].T, rows[i].Label = q.T[i], q.Label[i]
		}
		if err := x.Begin(q.Y); err != nil {
			return err
		}
		if err := x.Step(rows[:q.N]); err != nil {
			return err
		}
		if err := x.Points(out[:len(f)], all[:q.N]); err != nil {
			return err
		}
		for i, v := range out[:len(f)] {
			f[i] = float64(v)
		}
		return nil
	}, nil
}
