// Package choice holds tables of named methods with typed parameters, and the one
// kind of fault that configurations have.
//
// A [Table] lists the methods of one sort: schedules, targets, networks, samplers,
// sources of data. An [Entry] is one of them, with its [Param]s and what makes it. A
// [Choice] names an entry and the parameters that differ from their defaults. It
// comes from a file, from the command line or from Go, and [Table.Resolve] turns it
// into the entry and the value of every parameter, or into a [Fault] for each thing
// that is wrong. Configuration, flags, help, completion and errors are all made from
// these tables, so that a method is described in one place, where it is written.
//
// Numbers are decimal, and one parser reads them, wherever they come from.
package choice
