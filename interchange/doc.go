// Package interchange exchanges weights and fields with other programs: state dicts in
// PyTorch's layout, in both directions, and fields as ONNX models.
//
// # State dicts
//
// A linear layer of PyTorch has its weight as [out, in] and a convolution as [out, in, h, w],
// where networks of package model have [in, out] and [h, w, in, out]; a table of names and
// permutations (layout) says of every tensor of a file which weight it is. Networks have
// their own names in a file, with weight and bias for the scale and the shift of a norm, but
// for the transformer: its tensors are called, and mean, what those of the released DiT, SiT
// and Equilibrium Matching do.
//
// The released networks point the other way: their time runs from noise to data, so what they
// answer as a velocity, and as Equilibrium Matching's multiple of one, is −1 times the field
// here. The output layer changes its sign on the way, in both directions.
//
// They are also told more than a blind network here. A time of 0, which the blind ones are
// told always, is a constant that is added to what the class says: it becomes part of the
// table of classes, or, without classes, of the learnt scales and shifts. Written to a file,
// the embedding of the time is 0.
//
// # ONNX
//
// A field is a graph, and so is a model of ONNX: package translate writes one as the other,
// whatever network, or gradient of an energy, the graph is of.
package interchange
