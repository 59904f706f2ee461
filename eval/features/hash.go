package features

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// hashOf is the hash of what is described and of its weights.
func hashOf(about string, weights ...[]float32) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n", about)
	var word [4]byte
	for _, w := range weights {
		fmt.Fprintf(h, "%d\n", len(w))
		for _, v := range w {
			binary.LittleEndian.PutUint32(word[:], math.Float32bits(v))
			h.Write(word[:])
		}
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}
