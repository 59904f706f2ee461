// Package sample draws from models whose field is still.
//
// A Field is all a sampler sees of a model: no schedule, no noise level, no
// clock.
package sample

// Field evaluates dst = f(x) for n points of dim coordinates each, stored one
// after another. It must not keep dst or x.
type Field func(dst, x []float32, n int) error
