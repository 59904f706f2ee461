package main

import (
	"fmt"
	"slices"
	"testing"
)

// TestColumns runs the kernels that go down the rows of a matrix.
func TestColumns(t *testing.T) {
	for _, set := range sets {
		for _, c := range columnKernels(set) {
			f := c.function(set)
			for rows := 1; rows <= 3; rows++ {
				for columns := range 2*4*set.lanes + 2*set.lanes + 2 {
					stride := columns + 3
					matrix, line := elements(rows, columns, stride), elements(1, columns, columns)
					want := map[string]usage{}
					for _, p := range c.pointers {
						switch name := p[0]; {
						case slices.Contains(c.fixed, name):
							want[name] = usage{read: line}
						case slices.Contains(c.sums, name):
							want[name] = usage{read: line, written: line}
						case name == "y" || name == "dx":
							want[name] = usage{written: matrix}
						default:
							want[name] = usage{read: matrix}
						}
					}
					integers := map[string]int{"rows": rows, "cols": columns, "stride": stride}
					if err := cover(f, integers, pointerParameters(f), nil, want); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// TestAttentionRows runs the softmax of rows and its adjoint.
func TestAttentionRows(t *testing.T) {
	for _, set := range sets {
		softmax, score := softmaxRows(set), scoreRows(set)
		for rows := 1; rows <= 3; rows++ {
			for n := 1; n <= 50; n++ {
				all := elements(rows, n, n+5)
				integers := map[string]int{"rows": rows, "n": n, "stride": n + 5}
				for f, want := range map[*function]map[string]usage{
					// The powers are written first, and then their quotients.
					softmax: {"x": {read: all}, "y": {read: all, written: all, times: 2}},
					score:   {"p": {read: all}, "ds": {read: all, written: all}},
				} {
					if err := cover(f, integers, pointerParameters(f), nil, want); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// TestRuns moves runs of every length to places that are out of order.
func TestRuns(t *testing.T) {
	offsets := []int{70, 0, 200}
	for _, set := range sets {
		for _, name := range []string{"gatherRuns", "scatterRuns", "spreadRuns"} {
			f := runs(set, name)
			for count := 1; count <= len(offsets); count++ {
				for length := range 2*set.lanes + 2 {
					block, words := elements(count, length, length), map[int64]int64{}
					var far, starts []int
					for i, o := range offsets[:count] {
						words[base(2)+4*int64(i)] = int64(o) // int32 in memory
						starts = append(starts, o)
						for e := range length {
							far = append(far, o+e)
						}
					}
					want := map[string]map[string]usage{
						"gatherRuns":  {"dst": {written: block}, "src": {read: far}},
						"scatterRuns": {"dst": {written: far}, "src": {read: block}},
						"spreadRuns":  {"dst": {written: block}, "src": {read: starts}},
					}[name]
					integers := map[string]int{"length": length, "count": count}
					if err := cover(f, integers, pointerParameters(f), words, want); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// TestFixedSizes runs the kernels whose sizes are whole: folds of 64 lanes, random numbers in groups of 64,
// and the packing of panels.
func TestFixedSizes(t *testing.T) {
	for _, set := range sets {
		for _, f := range []*function{laneFold(set), laneTop(set)} {
			want := map[string]usage{"acc": {read: elements(1, 64, 64)}}
			if err := cover(f, nil, []string{"acc"}, nil, want); err != nil {
				t.Error(err)
			}
		}
		for n := 1; n <= 3; n++ {
			for _, f := range []*function{uniforms(set), normals(set)} {
				want := map[string]usage{"dst": {written: elements(1, 64*n, 64*n)}}
				if err := cover(f, map[string]int{"groups": n}, []string{"dst", "d"}, nil, want); err != nil {
					t.Error(err)
				}
			}
			panel, rows := set.lanes+3, 4*n+7 // elements from row to row
			want := map[string]usage{
				"src": {read: elements(set.lanes, 4*n, rows)},
				"dst": {written: elements(4*n, set.lanes, panel)},
			}
			integers := map[string]int{"ldd": 4 * panel, "lds": 4 * rows, "k4": n}
			if err := cover(pack(set), integers, []string{"dst", "src"}, nil, want); err != nil {
				t.Error(err)
			}
		}
	}
}

// tileCase is one product of a tile.
type tileCase struct {
	m, n, k, segments int
	start, fetch      bool // from init, not 0; and fetching ahead
}

// usage is what the micro-kernel must do, and its parameters. Strides are bytes there and elements here.
func (c tileCase) usage() (integers map[string]int, want map[string]usage) {
	const rowA, colA, gapA, rowB, gapB, rowC, rowInit = 1000, 3, 7, 150, 11, 140, 130
	var a, b []int
	for s := range c.segments {
		for k := range c.k {
			for i := range c.m {
				a = append(a, i*rowA+k*colA+s*(c.k*colA+gapA))
			}
			for j := range c.n {
				b = append(b, k*rowB+j+s*(c.k*rowB+gapB))
			}
		}
	}
	tile := elements(c.m, c.n, rowC)
	want = map[string]usage{"tile_a": {read: a}, "tile_b": {read: b}, "tile_c": {written: tile}}
	integers = map[string]int{"t": 0, "tile_kc": c.k, "tile_nseg": c.segments, "tile_n": c.n, "tile_init": 0,
		"tile_rs": 4 * rowA, "tile_cs": 4 * colA, "tile_agap": 4 * gapA,
		"tile_ldb": 4 * rowB, "tile_bgap": 4 * gapB,
		"tile_ldc": 4 * rowC, "tile_ldi": 4 * rowInit, "tile_ahead": 0}
	if c.start {
		want["tile_init"] = usage{read: elements(c.m, c.n, rowInit)}
	}
	if c.fetch {
		integers["tile_ahead"] = 8
	}
	return integers, want
}

// TestTileRegisters: the sums, B, the elements of A and the masks of a micro-kernel are
// registers that exist, and no two are one.
func TestTileRegisters(t *testing.T) {
	for _, form := range tileForms {
		for m := 1; m <= form.rows; m++ {
			k := newTileKernel(form, m)
			all := append(append(append([]string{}, k.a...), k.b...), k.masks...)
			for i := range m {
				for v := range k.vectors {
					all = append(all, k.sum(i, v))
				}
			}
			seen := map[string]bool{}
			for _, r := range all {
				if k.validateOperand("register", r); seen[r] || k.err != nil {
					t.Errorf("%s, %d rows: %s is taken twice or does not exist (%v)", form.name, m, r, k.err)
				}
				seen[r] = true
			}
		}
	}
}

// TestTiles runs every micro-kernel with every number of rows, at the edges of its vectors and of its loop
// over k.
func TestTiles(t *testing.T) {
	for _, form := range tileForms {
		columns := []int{form.width}
		if form.mask != full {
			columns = []int{1, form.lanes - 1, form.lanes, form.lanes + 1, form.width - 1, form.width}
		}
		for m := 1; m <= form.rows; m++ {
			f := newTileKernel(form, m).write()
			for _, n := range slices.Compact(columns) {
				for _, k := range []int{0, 1, 3, 4, 5, 8} {
					for _, c := range []tileCase{{m, min(n, form.width), k, 1, false, false},
						{m, min(n, form.width), k, 2, true, true}} {
						if err := coverTile(f, c); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		}
	}
}

// coverTile runs the micro-kernel f on c and compares what it used.
func coverTile(f *function, c tileCase) error {
	integers, want := c.usage()
	pointers := []string{"tile_a", "tile_b", "tile_c"}
	if c.start {
		pointers = append(pointers, "tile_init")
	}
	if err := cover(f, integers, pointers, nil, want); err != nil {
		return fmt.Errorf("%+v: %w", c, err)
	}
	return nil
}
