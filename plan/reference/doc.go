// Package reference says what every operator computes. It is the definition:
// float64, no blocking, no fusion, written to be read, called only by tests and
// by Gorgonia's own machine when it serves as an oracle. When a device and this
// package disagree, the device is wrong.
//
// Device runs whole plans this way, chains and all, so that a compiled plan can
// be held to the graph it came from and finite differences can be taken in
// float64.
package reference
