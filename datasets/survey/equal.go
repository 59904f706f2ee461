package survey

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"unsafe"
)

// print is what is kept of a sample: the first half of the SHA-256 of its values, its number
// and its class.
type print struct {
	hash  [16]byte
	index int32
	class int32
}

// printOf is the print of values x. Equal values make equal prints, and others do but for one
// chance in 2¹²⁸.
func printOf(x []float32, index int, class int32) print {
	sum := sha256.Sum256(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x)))
	return print{[16]byte(sum[:16]), int32(index), class}
}

// sortPrints puts equal samples together, in their order.
func sortPrints(prints []print) {
	slices.SortFunc(prints, func(a, b print) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), cmp.Compare(a.index, b.index))
	})
}

// groups calls f with the prints of each set of equal samples, of which there may be one.
func groups(sorted []print, f func([]print)) {
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j].hash == sorted[i].hash {
			j++
		}
		f(sorted[i:j])
		i = j
	}
}

// findEqual finds the samples of r that are equal, and sorts its prints for it.
func (r *Report) findEqual() {
	sortPrints(r.prints)
	var all []Equal
	several := Fault{What: "equal samples that have different classes"}
	groups(r.prints, func(g []print) {
		if len(g) == 1 {
			return
		}
		e := Equal{Count: len(g)}
		for _, p := range g {
			e.Classes = e.Classes || p.class != g[0].class
			if len(e.Samples) < few {
				e.Samples = append(e.Samples, int(p.index))
			}
		}
		r.Copies += len(g) - 1
		if e.Classes {
			several.Count++
		}
		all = append(all, e)
	})
	slices.SortFunc(all, func(a, b Equal) int { return cmp.Compare(a.Samples[0], b.Samples[0]) })
	for _, e := range all {
		if e.Classes && len(several.Samples) < few {
			several.Samples = append(several.Samples, numbered(e.Samples))
		}
	}
	if several.Count > 0 {
		r.Faults = append(r.Faults, several)
	}
	r.Equal = all[:min(few, len(all))]
}

// Compare finds the samples of the test set that are also in r.
func (r *Report) Compare(test *Report) {
	r.HeldOut = test.Data
	here := make(map[[16]byte]int32, len(r.prints))
	groups(r.prints, func(g []print) { here[g[0].hash] = g[0].index })
	for _, p := range test.prints {
		if at, ok := here[p.hash]; ok {
			r.Shared = append(r.Shared, Shared{int(p.index), int(at)})
		}
	}
	r.Leaked = len(r.Shared)
	slices.SortFunc(r.Shared, func(a, b Shared) int { return cmp.Compare(a.Test, b.Test) })
	r.Shared = r.Shared[:min(few, len(r.Shared))]
}
