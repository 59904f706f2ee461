// Package experiment makes a configuration real: it reads the YAML and reports
// every fault with its place, finds the process, the network and the data that it
// names, and builds the plan of one whole training step.
//
// A [Config] describes an experiment completely. [New] turns it into an
// [Experiment] for samples of a given shape, whose Plan is the training step and
// whose [Weights] are all that a step reads and changes.
package experiment
