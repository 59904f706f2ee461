package sample

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
)

// Name tells draws of the same weights apart, in a word that can be a directory's:
// the sampler with its steps, the seed, how many points, and every other key that it
// takes and that is not at its default. The batch is not in it: it changes no point.
func (s Spec) Name() string {
	name := fmt.Sprintf("%s%d-seed%d-n%d", s.Sampler, s.Steps, s.Seed, s.N)
	e, _ := Samplers.Find(s.Sampler)
	said := s.Choice().Params
	for _, p := range Samplers.Params(e) {
		if slices.Contains([]string{"steps", "seed", "n", "batch"}, p.Name) {
			continue
		}
		if v, ok := said[p.Name]; ok && choice.Format(v) != choice.Format(p.Default) {
			name += "-" + p.Name + word(v)
		}
	}
	return name
}

// word is a value as a part of a name: without brackets, colons and commas, and its hash
// where it is long.
func word(v any) string {
	text := choice.Format(v)
	switch v.(type) {
	case []int:
		text = strings.ReplaceAll(strings.Trim(text, "[]"), ", ", ".")
	case string: // 3:0.5,8:0.5 is 3x0.5+8x0.5
		text = strings.NewReplacer(" ", "", ":", "x", ",", "+").Replace(text)
	}
	if len(text) <= 40 {
		return text
	}
	h := fnv.New64a()
	h.Write([]byte(text))
	return fmt.Sprintf("%016x", h.Sum64())
}
