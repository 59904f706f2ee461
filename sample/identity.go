package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// identity is what the bits of the samples of w depend on, in JSON: two draws of the same
// identity have the same samples. Another part
// of a draw is another. The path of a checkpoint, how many points are taken at a
// time and how many workers a CPU has are not in it.
func (w *Store) identity(part Shard) ([]byte, error) {
	o, s := w.opt.Origin, w.spec
	o.Checkpoint, s.Batch = "", 0
	o.From, o.Mask = "", "" // their fingerprint stays
	o.Device = workers.ReplaceAllString(o.Device, "")
	return json.Marshal(struct {
		Origin
		Settings Spec  `json:"settings"`
		Shape    []int `json:"shape"`
		Shard    Shard `json:"shard,omitzero"`
	}{o, s, w.shape(), part})
}

var workers = regexp.MustCompile(`\d+ workers, `)

// shape is that of all points.
func (w *Store) shape() []int { return append([]int{w.spec.N}, w.opt.Point...) }

// difference says what sets an identity apart from one of this process; "" for nothing.
func difference(its, mine []byte) string {
	if bytes.Equal(its, mine) {
		return ""
	}
	var a, b map[string]json.RawMessage
	if json.Unmarshal(its, &a) != nil || json.Unmarshal(mine, &b) != nil {
		return "it cannot be read"
	}
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if bytes.Equal(a[key], b[key]) {
			continue
		}
		if key == "settings" {
			return difference(a[key], b[key])
		}
		return fmt.Sprintf("%s is %s there and %s here", key, value(a[key]), value(b[key]))
	}
	return "its text is another"
}

// value is a value of an identity as an error has it.
func value(text json.RawMessage) string {
	if text == nil {
		return "not said"
	}
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
