// Package model defines networks and the fields f(u) that they make: a noisy point
// goes in and a vector of its shape comes out, and nothing need tell the network how
// noisy the point is.
//
// A Field is a function that builds f(u) into a graph. Whatever takes a field takes
// one of these: the training loss, a sampler's stage, the count of FLOPs. None of
// them knows a network, and a combinator is a Field that builds others.
//
// A Network builds a field out of weights that it asks Params for by name. Declare
// runs it once on a graph that is thrown away, to learn what it asks for, and lays
// all of it out in one flat buffer, so that the optimiser, the average and a
// checkpoint each see one array. The last layer of every network starts at zero: so
// does the field, but for one that is made the gradient of −½‖f‖² (Conservative).
// Divergence measures a field. Trained is one with its weights, and an Evaluator answers what
// it is at points of the host.
//
// Images are [n, height, width, channels], points are [n, D].
package model
