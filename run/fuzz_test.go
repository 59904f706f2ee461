package run

import (
	"testing"

	"github.com/stillfield/stillfield/format/safetensors"
)

// Whatever the metadata of a sound file say, the reader answers with a
// checkpoint or an error, and a checkpoint is no larger than its file.
func FuzzCheckpoint(f *testing.F) {
	ck := aCheckpoint(f)
	file, err := safetensors.Open(ck.Path)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	config, shape := file.Metadata["config"], file.Metadata["shape"]
	f.Add(config, shape, "5")
	f.Add(replace("width: 16", "width: 60000")(config), "1×1×60000", "-5")
	f.Add(replace("depth: 1", "depth: 3")(config), "8×8×1", "")
	f.Add("model: {kind: unet, channels: 2, levels: [1, 2], blocks: 1, heads: 1, attention: [4]}", "8×8×1",
		"9e9")
	size := len(content(f, ck.Path))
	f.Fuzz(func(t *testing.T, config, shape, step string) {
		meta := map[string]string{magic: version, "config": config, "shape": shape, "step": step}
		c, _, err := described(&safetensors.File{Metadata: meta}, all)
		if err == nil {
			t.Fatalf("a file without tensors is a checkpoint: %+v", c)
		}
		whole := *file
		whole.Metadata = meta
		c, err = readCheckpoint(&whole, "fuzz", all, true)
		if err == nil && 4*len(c.States())*c.Params.Len > size {
			t.Fatalf("%d bytes of weights from a file of %d", 4*len(c.States())*c.Params.Len, size)
		}
	})
}
