//go:build amd64 || arm64

package dl

import (
	"errors"
	"strings"
	"testing"
)

// A driver that lacks one call is refused by its name, unless the call is newer than the oldest
// driver, or there to stand in for one that the driver has.
func TestMissingCall(t *testing.T) {
	for _, missing := range new(calls).symbols() {
		c := new(calls)
		err := c.look(func(name string) (uintptr, error) {
			if name == missing.name {
				return 0, errors.New("undefined symbol")
			}
			return 1, nil
		})
		if missing.optional || missing.name == "cuGraphInstantiate_v2" {
			if err != nil {
				t.Errorf("without %s: %v", missing.name, err)
			}
		} else if !errors.Is(err, ErrSymbol) || !strings.Contains(err.Error(), missing.name+":") {
			t.Errorf("without %s: %v, want ErrSymbol and the name", missing.name, err)
		}
	}
	err := new(calls).look(func(name string) (uintptr, error) {
		if strings.HasPrefix(name, "cuGraphInstantiate") {
			return 0, errors.New("undefined symbol")
		}
		return 1, nil
	})
	if !errors.Is(err, ErrSymbol) {
		t.Errorf("with no way to instantiate a graph: %v, want ErrSymbol", err)
	}
}
