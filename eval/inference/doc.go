// Package inference runs networks that make features: graphs of ONNX's operators
// (https://onnx.ai/onnx/operators) in float32, such as Inception-v3 or a network that a user has
// as a file.
//
// It is an interpreter of its own, beside the operators of plan, because those are a closed set:
// each has a derivative made of others and kernels on every device. Convolutions of any stride,
// padding, dilation and group, and pools of maxima, are needed here alone and forward alone.
//
// [New] works out the shape of every value for one point, folds normalisations into the
// convolutions before them, and gives each value a place in an arena that is used again once
// nothing reads the value; an operator or attribute that it does not know is an error that names
// it. A point is done by one worker, from its input to its output, so that all cores are busy
// and its output depends neither on the points beside it nor on how many workers there are.
// Convolutions are matrix products of filters with windows of the image, some rows of the
// output at a time, so that the windows take [windowFloats] numbers and no more than one row
// needs.
//
// Arrays are row-major as ONNX has them, images [1, channels, rows, columns].
package inference
