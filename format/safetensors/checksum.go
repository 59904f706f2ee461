package safetensors

import (
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/format/bounded"
)

const (
	checksumKey   = "checksum"
	checksumValue = "crc32c:"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksumOf(sum uint32) string { return fmt.Sprintf("%s%08x", checksumValue, sum) }

// reserved says whether a metadata key is this package's own.
func reserved(key string) bool {
	return key == checksumKey || strings.HasPrefix(key, checksumKey+".")
}

// meaning is the CRC-32C of what a header says apart from where the bytes are
// and apart from the key "checksum" itself; [Write] documents its text. Offsets
// are left out: a wrong one gives wrong bytes, which the tensor's own checksum
// finds, and another program may order the bytes differently.
func meaning(metadata map[string]string, tensors []Info) uint32 {
	h := crc32.New(castagnoli)
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if key != checksumKey {
			value := metadata[key]
			fmt.Fprintf(h, "%d:%s,%d:%s\n", len(key), key, len(value), value)
		}
	}
	tensors = slices.Clone(tensors)
	slices.SortFunc(tensors, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	for _, t := range tensors {
		fmt.Fprintf(h, "%d:%s,%s %d\n", len(t.Name), t.Name, t.DType, t.Shape)
	}
	return h.Sum32()
}

// takeChecksums moves the checksums out of the metadata and verifies the
// header's. It returns nil for a file without any. A value counts as a sign of
// checksums as well as a key, so damage to one of them cannot hide both.
func (h *header) takeChecksums() (map[string]string, error) {
	signed := false
	for key, value := range h.metadata {
		signed = signed || reserved(key) || strings.HasPrefix(value, checksumValue)
	}
	if !signed {
		return nil, nil
	}
	given, ok := h.metadata[checksumKey]
	if !ok {
		return nil, errors.New(`header: tensors have checksums, but the key "checksum" is missing`)
	}
	if want := checksumOf(meaning(h.metadata, h.tensors)); given != want {
		return nil, fmt.Errorf("header: checksum %s ≠ %s", want, bounded.Quote(given))
	}
	sums := map[string]string{}
	for _, t := range h.tensors {
		sum, ok := h.metadata[checksumKey+"."+t.Name]
		if !ok {
			return nil, fmt.Errorf("tensor %s: no checksum, though the file has them", bounded.Quote(t.Name))
		}
		if len(sum) != len(checksumOf(0)) {
			return nil, fmt.Errorf("tensor %s: checksum %s, want one like %s",
				bounded.Quote(t.Name), bounded.Quote(sum), checksumOf(0))
		}
		sums[t.Name] = sum
	}
	maps.DeleteFunc(h.metadata, func(key, _ string) bool { return reserved(key) })
	return sums, nil
}
