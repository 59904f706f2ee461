// Package onnx writes models in the Open Neural Network Exchange format
// (https://onnx.ai/onnx/repo-docs/IR.html): a graph of operators with its weights, in one
// message of Protocol Buffers, which has at most 2 GiB.
package onnx
