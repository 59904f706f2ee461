// Package eval says how good samples are, and how well a field tells its data from
// other points.
//
// A Metric computes Scores of a Subject: a run, a checkpoint, a directory that sample
// wrote, or an array of points; all but the last two have a field, and points of it are
// drawn when a metric first asks for them. Metrics are entries of one table, each in a
// file of its own, and a score carries what it was computed on: how many points, which
// data, by which seed, with which standard error and how that was found. A Report adds
// where the points or the field come from: checkpoint, weights, sampler and settings.
package eval
