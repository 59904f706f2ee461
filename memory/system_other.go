//go:build !linux

package memory

// system is empty: nothing is known here.
func system() []Limit { return nil }

// resources is empty, too.
func resources() []Limit { return nil }
