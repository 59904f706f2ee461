package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// FuzzOpen: whatever the bytes, no panic and no memory beyond the file's own
// size; what opens obeys the format.
func FuzzOpen(f *testing.F) {
	official, err := os.ReadFile("testdata/official.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(official)
	var b bytes.Buffer
	err = Write(&b, map[string]string{"step": "7"}, []Tensor{{"a", []int{2}, []float32{1, 2}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(file(`{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}`, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := open(data)
		if err != nil {
			return
		}
		var total int64
		for _, info := range file.Tensors() {
			total += info.Bytes
			v, err := file.Float32(info.Name)
			if err == nil && len(v) != info.Len() {
				t.Errorf("%q: %d elements, want %d", info.Name, len(v), info.Len())
			}
			raw, err := file.Raw(info.Name)
			if err == nil && int64(len(raw)) != info.Bytes {
				t.Errorf("%q: %d bytes, want %d", info.Name, len(raw), info.Bytes)
			}
		}
		n := binary.LittleEndian.Uint64(data)
		if 8+int64(n)+total != int64(len(data)) {
			t.Errorf("header of %d and tensors of %d bytes in a file of %d", n, total, len(data))
		}
		// Another reader of JSON finds the same in the header.
		var members map[string]struct{ Shape []int }
		err = json.Unmarshal(data[8:8+n], &members)
		if err != nil && !strings.Contains(err.Error(), metadataKey) {
			t.Fatal(err)
		}
		delete(members, metadataKey)
		for _, info := range file.Tensors() {
			if m, ok := members[info.Name]; !ok || !slices.Equal(m.Shape, info.Shape) {
				t.Errorf("%q has shape %d, encoding/json finds %d", info.Name, info.Shape, m.Shape)
			}
		}
		if len(members) != len(file.Tensors()) {
			t.Errorf("%d tensors, encoding/json finds %d", len(file.Tensors()), len(members))
		}
	})
}
