// Package translate writes a graph of plan's operators as a graph of ONNX, version 17 of its
// operators, for any number of points.
//
// A graph of plan has a size: every shape in it is of numbers. How they depend on the number
// n of points is learnt from the graph at two sizes, which are the same but for the numbers:
// an extent that is d at n = A and d' at n = B is k·n + c with two unknowns. What depends on n
// is left to ONNX to infer, or is computed of the shape of the input.
//
// What plan repeats (Expand) ONNX need not: an operator of two arrays repeats the axes of one
// element itself. Such an array stays as small as it is until something asks for all of it.
package translate
