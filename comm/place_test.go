package comm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// on is a rank on a host of four cores.
func on(host string, limit int, cores ...int) Place {
	return Place{Host: host, Cores: cores, Of: 4, Limit: limit}
}

// A rank's share is of the cores that it may use, each divided among those that may use it.
func TestShare(t *testing.T) {
	for _, c := range []struct {
		name                   string
		places                 []Place
		index, beside, workers []int
		warnings               []string
	}{
		{"alone", []Place{on("a", 0, 0, 1, 2, 3)}, []int{0}, []int{1}, []int{4}, nil},
		{"two unbound", []Place{on("a", 0, 0, 1, 2, 3), on("a", 0, 0, 1, 2, 3)},
			[]int{0, 1}, []int{2, 2}, []int{2, 2}, nil},
		{"two bound to halves", []Place{on("a", 0, 0, 1), on("a", 0, 2, 3)},
			[]int{0, 1}, []int{2, 2}, []int{2, 2}, nil},
		{"two hosts, ranks in turn", []Place{on("a", 0, 0, 1, 2, 3), on("b", 0, 0, 1, 2, 3),
			on("a", 0, 0, 1, 2, 3), on("b", 0, 0, 1, 2, 3)},
			[]int{0, 0, 1, 1}, []int{2, 2, 2, 2}, []int{2, 2, 2, 2}, nil},
		{"bound to one core each", []Place{on("a", 0, 0), on("a", 0, 1)},
			[]int{0, 1}, []int{2, 2}, []int{1, 1},
			[]string{"a: 2 of 2 ranks may use one core each, of 4: " +
				"mpirun binds them so unless told --bind-to none or --map-by slot:PE=k"}},
		{"three on one of two cores", []Place{on("a", 0, 0, 1), on("a", 0, 0, 1), on("a", 0, 0, 1)},
			[]int{0, 1, 2}, []int{3, 3, 3}, []int{1, 1, 1}, []string{"a: 3 ranks share 2 cores"}},
		{"a container's limit", []Place{on("a", 2, 0, 1, 2, 3), on("a", 2, 0, 1, 2, 3)},
			[]int{0, 1}, []int{2, 2}, []int{1, 1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			share(c.places)
			var index, beside, workers []int
			for _, p := range c.places {
				index, beside = append(index, p.Index), append(beside, p.Beside)
				workers = append(workers, p.Workers)
			}
			got, want := [][]int{index, beside, workers}, [][]int{c.index, c.beside, c.workers}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("index, beside and workers (-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.warnings, Warnings(c.places)); d != "" {
				t.Errorf("warnings (-want +got):\n%s", d)
			}
		})
	}
}
