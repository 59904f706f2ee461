// Package run is a run's directory: the configuration it was started with, its log
// as JSON lines and TensorBoard events, its samples and its checkpoints.
//
//	config.yaml      every key of the configuration, with every default spelled out
//	log.jsonl        one [Line] of JSON for every log.every steps
//	events.out.*     the same numbers, and the pictures, for TensorBoard
//	samples/         pictures of each log.pictures steps, and what was drawn later
//	checkpoints/     step-000001000.safetensors and so on, the newest log.keep of them;
//	                 best.safetensors, the best by eval.keep
//	.lock            held by the process that trains in the directory
//
// A [Checkpoint] appears whole or not at all, holds all that a run needs to go on
// bit for bit, and is verified tensor by tensor when it is read. Nothing in this
// package trains: it is what the loop writes to, and what sampling and evaluation
// read from.
package run
