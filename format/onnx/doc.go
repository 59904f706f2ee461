// Package onnx writes and reads models in the Open Neural Network Exchange format
// (https://onnx.ai/onnx/repo-docs/IR.html): a graph of operators with its weights, in one
// message of Protocol Buffers. That has at most 2 GiB; the numbers of a larger model are in a
// second file.
package onnx
