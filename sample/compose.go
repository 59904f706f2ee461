package sample

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/stillfield/stillfield/choice"
)

// Weights is the range of what a field of a sum counts: any more would drown the rest of the
// sum in float32.
var Weights = choice.Where("a number from -1e6 to 1e6", func(w float64) bool { return math.Abs(w) <= 1e6 })

// Classes reads a composition of classes as it is written, like 3:0.5,8:0.5: the classes,
// and what each counts. A weight may be negative: away from that class.
func Classes(text string) (labels []int, weights []float64, err error) {
	for part := range strings.SplitSeq(text, ",") {
		label, weight, _ := strings.Cut(strings.TrimSpace(part), ":")
		k, err := strconv.Atoi(label)
		w, errW := strconv.ParseFloat(weight, 64)
		if err != nil || errW != nil || k < noLabel || !Weights.Has(w) {
			return nil, nil, fmt.Errorf("sample: Classes: got %q, want class:weight, the weight %s", part,
				Weights.Want)
		}
		labels, weights = append(labels, k), append(weights, w)
	}
	return labels, weights, nil
}
