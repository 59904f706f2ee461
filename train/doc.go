// Package train is the loop: it takes the steps of an experiment on a device,
// batch by batch, writes the log, and has checkpoints and pictures made when they
// are due.
//
// One step is one plan. The noise level and the noise are drawn by the device
// from a counter, the corruption, the target, the loss, its gradient, the clip,
// AdamW and the average follow, and the host hands over a batch and a few
// numbers. A run is a function of its configuration: the order of the data, the
// noise and the weights of step s depend on the seed and on s, so a run that
// was stopped and resumed gives the same bits as one that was not.
package train
