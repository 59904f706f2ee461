// Package cmd is the command line: it reads flags, opens devices, talks to the
// terminal, and turns errors into one line and an exit status. It holds no
// mathematics and no state; the library packages below it neither log nor exit.
package cmd
