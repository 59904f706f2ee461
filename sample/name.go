package sample

import (
	"fmt"
	"reflect"
	"strings"
)

// Name tells draws of the same weights apart, in a word that can be a directory's:
// the sampler with its steps, the seed, how many points, and every other key that
// is not at its default. The batch is not in it: it changes no point.
func (s Spec) Name() string {
	name := fmt.Sprintf("%s%d-seed%d-n%d", s.Sampler, s.Steps, s.Seed, s.N)
	have, usual := reflect.ValueOf(s), reflect.ValueOf(Defaults())
	for i := range have.NumField() {
		key, _, _ := strings.Cut(have.Type().Field(i).Tag.Get("yaml"), ",")
		switch value := have.Field(i); key {
		case "sampler", "steps", "seed", "n", "batch":
		default:
			if !value.Equal(usual.Field(i)) {
				name += fmt.Sprintf("-%s%v", key, value)
			}
		}
	}
	return name
}
