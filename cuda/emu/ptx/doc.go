// Package ptx reads the text of PTX modules, NVIDIA's assembly language for its GPUs, versions 6.0 to 8.9.
//
//	m, err := ptx.Parse(text)
//
// A Module has variables and functions. A Function, be it a kernel (.entry) or not (.func), has registers,
// each of a Type, variables in the state Spaces of PTX, and a body of Statements. A Statement is an opcode
// with its modifiers and its Operands, in which the names of registers and variables are already resolved
// by the braces they stand in. Labels, functions and variables of module scope stay names, since they may
// be declared later.
//
// Parse checks what can be checked without knowing an opcode: names, types, sizes, braces. CheckForm says
// whether an opcode may have the modifiers it has; Forms, the table behind it, is written in syntax.go,
// form by form, as in the PTX ISA. Whether the operands fit is for the reader of the statements to judge,
// which also gives the statements their meaning: nothing here runs, and the package knows no machine.
//
// The text is not trusted. What a module may ask for is bounded, so that parsing takes time and memory
// linear in the text, and every fault is an *Error that names its line.
package ptx
