package sample

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Classes reads a composition of classes as it is written, like 3:0.5,8:0.5: the classes,
// and what each counts. A weight may be negative: away from that class.
func Classes(text string) (labels []int, weights []float64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		label, weight, _ := strings.Cut(strings.TrimSpace(part), ":")
		k, err := strconv.Atoi(label)
		w, errW := strconv.ParseFloat(weight, 64)
		if err != nil || errW != nil || k < noLabel || math.IsNaN(w) || math.IsInf(w, 0) {
			return nil, nil, fmt.Errorf("sample: Classes: got %q, want class:weight", part)
		}
		labels, weights = append(labels, k), append(weights, w)
	}
	return labels, weights, nil
}
