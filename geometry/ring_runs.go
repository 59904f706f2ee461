package geometry

import (
	"context"
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/field"
)

// RingRun is a trained field that samples the two circles.
type RingRun struct {
	Name    string // of the run
	Of      string // what identifies its weights and its sampler
	Process *field.Process
	Told    bool // the time
	Sampler string
	Dim     int
	// Draw is n samples, as Circled takes them: InPlane.
	Draw func(ctx context.Context, n int, seed uint64, progress func(done, of int)) ([][]float64, error)
}

// row says which runs stand in one row of the table, by dimension.
func (r RingRun) row() string {
	told := ""
	if r.Told {
		told = ", told t"
	}
	return fmt.Sprintf("%s/%s%s, %s", r.Process.Schedule.Name, r.Process.Target.Name, told, r.Sampler)
}

// exactly is the name of the way that r follows with the exact field, "" where there is none.
func (r RingRun) exactly() string {
	for _, w := range ways() {
		p, err := w.spec.Process()
		if err == nil && w.overtime == 0 && w.told == r.Told && w.sampler == r.Sampler &&
			p.Schedule.Name == r.Process.Schedule.Name && p.Target.Name == r.Process.Target.Name {
			return w.name
		}
	}
	return ""
}

// RingRuns is the figure that sets trained fields beside the exact ones of rings, which is the
// result of the figure of that name. A run's samples have the seed of in, and are as many.
func RingRuns(runs []RingRun, rings *Result, in Inputs) Figure {
	in.Dims = nil
	for _, r := range runs {
		in.Of += r.Of + "\n"
		if !slices.Contains(in.Dims, r.Dim) {
			in.Dims = append(in.Dims, r.Dim)
		}
	}
	slices.Sort(in.Dims)
	in.Of += fmt.Sprint(rings.Inputs)
	return Figure{Name: "rings-trained", About: "two circles, sampled on trained fields beside their " +
		"exact ones",
		Inputs: in,
		compute: func(ctx context.Context, in Inputs, progress func(done, of int)) (*Result, error) {
			return computeRingRuns(ctx, runs, rings, in, progress)
		}}
}

func computeRingRuns(ctx context.Context, runs []RingRun, rings *Result, in Inputs,
	progress func(done, of int)) (*Result, error) {
	numbers := Table{Name: "rings-trained-numbers", Title: "The same as numbers", Unprinted: true,
		Columns: []string{"run", "field, sampler", "D", "mean distance", "standard error", "within 0.1, %",
			"on the inner circle, %", "n", "exact: mean distance", "exact: standard error", "exact: " +
				"within 0.1, %"}}
	table := Table{Name: "rings-trained", Columns: []string{"field and sampler"},
		Title: "Mean distance to the circles ± standard error / % within 0.1, trained beside exact"}
	for _, d := range in.Dims {
		table.Columns = append(table.Columns, fmt.Sprintf("D = %d", d), "exact")
	}
	rows := map[string][]any{}
	var order []string
	for k, r := range runs {
		points, err := r.Draw(ctx, in.Draws, in.Seed, func(n, of int) {
			progress(1000*k+1000*n/of, 1000*len(runs))
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		c, known := Circled(points), exactCircles(rings, r.exactly(), r.Dim)
		at, name := 1+2*slices.Index(in.Dims, r.Dim), r.row()
		for n := 2; rows[name] != nil && rows[name][at] != ""; n++ { // another run of the kind
			name = fmt.Sprintf("%s (%d)", r.row(), n)
		}
		if rows[name] == nil {
			rows[name], order = slices.Repeat([]any{""}, len(table.Columns)), append(order, name)
			rows[name][0] = name
		}
		rows[name][at] = fmt.Sprintf("%.3f±%.3f/%.0f", c.Distance, c.DistanceError, 100*c.Near)
		line := []any{r.Name, r.row(), r.Dim, c.Distance, c.DistanceError, 100 * c.Near, 100 * c.Inner, c.N,
			"", "", ""}
		if known != nil {
			rows[name][at+1] = fmt.Sprintf("%.3f±%.3f/%.0f", known[0], known[1], known[2])
			copy(line[8:], []any{known[0], known[1], known[2]})
		}
		numbers.add(line...)
		progress(1000*(k+1), 1000*len(runs))
	}
	for _, name := range order {
		table.add(rows[name]...)
	}
	return &Result{Title: "Two circles in D dimensions, trained fields beside the exact ones",
		Text: []string{"Each run is sampled as its configuration says, from the average of its weights. " +
			"The " +
			"exact field of the same schedule, target and sampler is that of the figure rings, with its " +
			"own " +
			"prior and steps; where that has none the cell is empty."},
		Label: fmt.Sprintf("Monte Carlo over samples, n = %d of a run and %d of an exact field, standard "+
			"errors "+
			"in the table", in.Draws, rings.Inputs.Draws),
		Prior:  "of a run as its configuration says; of the exact fields: " + rings.Prior,
		Tables: []Table{table, numbers}, Plots: ringRunPlots(runs, numbers)}, nil
}

// exactCircles are mean distance, standard error and percentage within 0.1 of a way in so many
// dimensions, nil where the figure has none.
func exactCircles(rings *Result, way string, dim int) []float64 {
	for _, t := range rings.Tables {
		for _, row := range t.Rows {
			if t.Name == "rings-numbers" && row[0] == way && wholeOf(row[1]) == dim {
				return []float64{row[2].(float64), row[3].(float64), row[4].(float64)}
			}
		}
	}
	return nil
}

// wholeOf is a whole number of a cell, which is a float64 once it has been read from JSON.
func wholeOf(cell any) int {
	switch v := cell.(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return 0
}

// ringRunPlots are the mean distances by dimension, of trained fields and dashed of exact ones: a
// picture of blind fields and one of those that are told the time.
func ringRunPlots(runs []RingRun, numbers Table) (plots []Plot) {
	for _, p := range []struct {
		told        bool
		name, title string
	}{
		{false, "rings-trained", "How far samples of trained fields end from the circles (dashed: exact)"},
		{true, "rings-trained-told", "The same of fields that are told the time (dashed: exact)"},
	} {
		var names []string
		for _, r := range runs {
			if r.Told == p.told && !slices.Contains(names, r.row()) {
				names = append(names, r.row())
			}
		}
		plot := Plot{Name: p.name, Title: p.title, X: "D", Y: "mean distance", LogX: true, LogY: true}
		for k, name := range names {
			plot.Lines = append(plot.Lines, ringRunLines(name, k+1, numbers)...)
		}
		if plot.Lines != nil {
			plots = append(plots, plot)
		}
	}
	return plots
}

// ringRunLines are the lines of one row of the table, with that ink.
func ringRunLines(name string, ink int, numbers Table) []Line {
	var rows [][]any
	for _, row := range numbers.Rows {
		if row[1] == name {
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b []any) int { return a[2].(int) - b[2].(int) })
	trained, exact := Line{Name: name, Ink: ink}, Line{Dashed: true, Ink: ink}
	for _, row := range rows {
		dim := float64(row[2].(int))
		trained.X, trained.Y = append(trained.X, dim), append(trained.Y, row[3].(float64))
		trained.SE = append(trained.SE, row[4].(float64))
		if d, ok := row[8].(float64); ok {
			exact.X, exact.Y = append(exact.X, dim), append(exact.Y, d)
		}
	}
	trained.Marks = len(trained.X) < 2
	if len(exact.X) < 2 {
		return []Line{trained}
	}
	return []Line{trained, exact}
}

// InPlane are points x as z, of the plane with that orthonormal basis, and u − Pz behind it, of
// D coordinates more.
func InPlane(x []float32, basis [][]float64) [][]float64 {
	m, dim := len(basis), len(basis[0])
	points := make([][]float64, len(x)/dim)
	for i := range points {
		u := x[i*dim : (i+1)*dim]
		z := make([]float64, m+dim)
		for k, v := range u {
			z[m+k] = float64(v)
		}
		for j, axis := range basis {
			for k, v := range u {
				z[j] += axis[k] * float64(v)
			}
			for k, a := range axis {
				z[m+k] -= a * z[j]
			}
		}
		points[i] = z
	}
	return points
}
