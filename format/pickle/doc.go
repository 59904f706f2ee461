// Package pickle reads Python's pickles as data. A pickle is a program for a small stack
// machine that may call any function of Python; this package runs the part of the machine
// that builds numbers, texts, lists, tuples and dictionaries, and calls nothing but what
// its caller put in a table. Every other class is refused by its name before anything is
// made of it.
//
//	Python                  here
//	None, bool, int, float  nil, bool, int64, float64; a longer int is refused
//	str, bytes              string, []byte
//	tuple, list, dict       Tuple, *List, *Dict
//	a class, an object      Class, and what the table's Call returns
//
// # Trust
//
// A pickle is read from memory, and no length in it is believed before it is compared
// with what is left of it. Each instruction makes at most one value, and a pickle has at
// most 2²¹ instructions, so that all values but texts take at most some 100 MB, and what a
// table's Call makes of them as much as it allows itself. Values may contain one another in
// a circle: who walks them counts how deep.
package pickle
