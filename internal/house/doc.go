// Package house holds the documents to the code: what docs/architecture.md draws
// of the packages is what the go command says of their imports.
package house
