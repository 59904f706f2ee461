package train

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/configs"
	"github.com/stillfield/stillfield/format/safetensors"
)

// A text of any kind is refused or read; what is read survives being kept.
func FuzzParse(f *testing.F) {
	for _, name := range configs.Names() {
		text, err := configs.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	bomb := "a: &a [x]\n"
	for c := 'b'; c <= 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1)
	}
	for _, s := range []string{tiny, bomb, strings.Repeat("[", 20000), strings.Repeat("{a: ", 20000),
		strings.Repeat("- ", 20000),
		"model: {kind: mlp, width: 3, levels: []}", "name: !!binary gA==", "? {a: b}\n: c", "steps: .inf",
		"seed: 0x10",
		"sample: {\"n\": 3}", "field: &x\n  target: *x\n", "--- |\n x\n", "%YAML 1.2\n---\nname: a\n...\n",
		"\xff\xfe"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("fuzz", text, []string{"model.kind=mlp"})
		if err != nil {
			if n := strings.Count(err.Error(), "\n"); n > maxFaults {
				t.Fatalf("%d lines", n)
			}
			return
		}
		kept, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse("kept", kept, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, kept)
		}
		if diff := sameConfig(c, back); diff != "" {
			t.Fatalf("%s\n%s", diff, kept)
		}
	})
}

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
		c, err := describe(&safetensors.File{Metadata: meta})
		if err == nil {
			t.Fatalf("a file without tensors is a checkpoint: %+v", c)
		}
		whole := *file
		whole.Metadata = meta
		if c, err = readCheckpoint(&whole, "fuzz"); err == nil && 16*c.Params.Len > size {
			t.Fatalf("%d bytes of weights from a file of %d", 16*c.Params.Len, size)
		}
	})
}
