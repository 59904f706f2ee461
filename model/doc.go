// Package model defines the networks f(u): a noisy point goes in and a field
// comes out, and nothing tells the network how noisy the point is.
//
// A Network is a function from nodes to nodes. It asks Params for its weights
// by name; Declare runs it once on a graph that is thrown away, to learn what
// it asks for, and lays all of it out in one flat buffer, so that the
// optimiser, the average and a checkpoint each see one array. The last layer
// of every network starts at zero: so does the field.
//
// A Field evaluates f for points of the host; a Flow has a sampler's points on
// the device and moves them there.
//
// Images are NHWC, points are [n, D].
package model
