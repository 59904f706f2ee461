// Package datasets is where training data comes from: images as NHWC float32,
// points of R^D as images of one pixel and D channels.
//
// # Three words
//
// A [Source] is a numbered collection of samples. It answers "sample i, please"
// from any goroutine, in any order, always with the same numbers.
//
// An [Order] decides which sample comes when. Training counts samples from the
// start of the run, s = 0, 1, 2, …, and the order maps s to an index by a keyed
// bijection: every epoch sees each sample once, every epoch differs, and any
// position costs the same. Nothing is shuffled in memory, so a run resumes at s
// by being told s, and neither batch size nor the number of devices has a say
// in which sample is number s.
//
// A [Loader] walks the order and decodes batches ahead of the training step
// into a small ring of buffers that it reuses.
//
// # Opening a source
//
// [Open] takes what a configuration file says of its data, and finds the source by
// name in one table, [Sources]. A new source is one new row of that table, in the file
// that has it. Images come from files; points are drawn by a law in a plane and put into
// R^D, [Lifted].
//
// Pixels are kept as the bytes they came as and become float32 in [−1, 1] on
// the way into a batch: the 60,000 images of Fashion-MNIST hold 47 MB, not 188. What other programs
// wrote into larger files stays there: rows of arrays are read in place, and pictures, in files of their
// own or in shards, are decoded as they are asked for. One type, encoded, does that for all of them; a
// further container is a holder, which finds the bytes of picture i.
package datasets
