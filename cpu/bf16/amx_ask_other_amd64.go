//go:build !linux

package bf16

import "errors"

// askAMX is for Linux alone.
func askAMX() error { return errors.New("AMX: it is used under Linux alone") }
