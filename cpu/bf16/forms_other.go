//go:build !amd64

package bf16

// Forms lists the forms that this machine runs: the definition in Go.
func Forms() []Form { return []Form{Go} }

// AMXRefused is nil: there is no AMX.
func AMXRefused() error { return nil }
