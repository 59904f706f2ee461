// Package features makes points into features, the vectors that distances between sets of
// points are computed on.
//
// An Extractor maps a point to dim numbers, and what it says of a point depends on that
// point alone. Extractors are entries of one table, each in a file of its own: the values
// themselves, networks with random or trained weights, and arrays of features that another
// program has computed. Its Info says what it is, down to a hash of its weights, for two
// distances are comparable only if they are of the same features.
package features
