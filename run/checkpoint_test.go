package run

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/safetensors"
)

// tiny is a run of a few milliseconds: 20 steps of 8 points in R⁶.
const tiny = `name: tiny
steps: 20
batch: 8
data: {name: rings, dim: 6, count: 40}
model: {kind: mlp, width: 16, depth: 1}
optimizer: {warmup: 3}
log: {every: 1, checkpoint: 5, keep: 3}
`

// aCheckpoint is a whole one, of tiny as it starts, said to be of step 5.
func aCheckpoint(t testing.TB) *Checkpoint {
	t.Helper()
	c, err := experiment.Parse("tiny.yaml", []byte(tiny), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := experiment.New(c, datasets.Shape{H: 1, W: 1, C: 6})
	if err != nil {
		t.Fatal(err)
	}
	ck := &Checkpoint{Experiment: e, Path: CheckpointPath(t.TempDir(), 5), Step: 5, Data: "sha256:of rings",
		Weights: e.NewWeights()}
	if err := ck.Save(); err != nil {
		t.Fatal(err)
	}
	return ck
}

// content reads a file of a run.
func content(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type (
	tensor = safetensors.Tensor
	list   = []tensor
)

// edit changes the metadata in place and returns the tensors there shall be.
type edit func(meta map[string]string, ts list) list

// rewritten is ck with metadata and tensors changed, its checksums made good:
// what a hostile or foreign program could write.
func rewritten(t testing.TB, ck *Checkpoint, change edit) []byte {
	t.Helper()
	f, err := safetensors.Open(ck.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var ts []safetensors.Tensor
	for _, info := range f.Tensors() {
		data, err := f.Float32(info.Name)
		if err != nil {
			t.Fatal(err)
		}
		ts = append(ts, safetensors.Tensor{Name: info.Name, Shape: info.Shape, Data: data})
	}
	meta := maps.Clone(f.Metadata)
	var b bytes.Buffer
	if err := safetensors.Write(&b, meta, change(meta, ts)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// metadata changes one entry.
func metadata(key string, change func(string) string) edit {
	return func(m map[string]string, ts list) list {
		m[key] = change(m[key])
		return ts
	}
}

// tensors changes the tensors.
func tensors(change func(ts list) list) edit {
	return func(_ map[string]string, ts list) list { return change(ts) }
}

// becomes forgets what was there.
func becomes(s string) func(string) string { return func(string) string { return s } }

func replace(old, by string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, by, 1) }
}

// flip changes byte i, from the end if i is negative.
func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[(i+len(b))%len(b)] ^= 0x40
	return b
}

// aFile is what a checkpoint's file may hold.
type aFile struct {
	name string
	text []byte
	want string // of the error, with PATH for the file's; "" for none
}

// damaged are files of ck whose bytes have changed.
func damaged(t *testing.T, ck *Checkpoint) []aFile {
	good := content(t, ck.Path)
	header := func(n uint64) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint64(b, n)
		return b
	}
	same := func(m map[string]string, ts list) list { return ts }
	return []aFile{
		{"whole", good, ""},
		{"rewritten", rewritten(t, ck, same), ""},
		{"empty", nil, "safetensors: PATH: file truncated: want at least 8 bytes, file has 0"},
		{"cut by a byte", good[:len(good)-1], fmt.Sprintf(
			"safetensors: PATH: file truncated: header says %d bytes, file has %d", len(good), len(good)-1)},
		{"cut in the header", good[:100], "safetensors: PATH: file truncated: header says "},
		{"longer", append(bytes.Clone(good), 0), "safetensors: PATH: file too long: header says "},
		{"text", []byte("hello, this is not a checkpoint"),
			"safetensors: PATH: not a safetensors file: header of "},
		{"a header of 2⁶³ bytes", header(1 << 63), "safetensors: PATH: not a safetensors file: header of " +
			"9223372036854775808"},
		{"a header of 99 MB", header(99e6), "safetensors: PATH: file truncated: header says 99000008 bytes"},
		{"a byte of a weight", flip(good, -1), `safetensors: PATH: tensor "weights.out.weight": checksum ` +
			`crc32c:`},
		{"a byte of the configuration", bytes.Replace(good, []byte("gain: 4"), []byte("gain: 5"), 1),
			"safetensors: PATH: header: checksum crc32c:"},
		{"a shape that lies", bytes.Replace(good, []byte(`"shape":[16,6]`), []byte(`"shape":[16,9]`), 1),
			`safetensors: PATH: header: tensor "adam.m.out.weight": F32 [16 9] is 576 bytes, data_offsets `},
	}
}

// misdescribed are files of ck that are sound and say something else.
func misdescribed(t *testing.T, ck *Checkpoint) []aFile {
	absurd := "width: 65536\n  depth: 1024"
	return []aFile{
		{"foreign", rewritten(t, ck, func(m map[string]string, ts list) list {
			delete(m, magic)
			return ts
		}), `PATH: stillfield.checkpoint: got "", want "1": not a checkpoint of this program`},
		{"of another version", rewritten(t, ck, metadata(magic, replace("1", "2"))),
			`PATH: stillfield.checkpoint: got "2", want "1": not a checkpoint of this program`},
		{"no configuration",
			rewritten(t, ck, metadata("config", becomes(""))),
			`PATH: config: got none, want the configuration of the run`},
		{"a faulty configuration",
			rewritten(t, ck, metadata("config", replace("batch: 8", "batch: -8"))),
			"PATH: config:4:8: batch: got -8, want between 1 and 1048576 samples"},
		{"a configuration with two faults",
			rewritten(t, ck, metadata("config", replace("batch: 8", "batch: x\nbatsh: 8"))),
			`PATH: config:5:1: batsh: got an unknown key`},
		{"a configuration that is none",
			rewritten(t, ck, metadata("config", becomes("[[["))), "PATH: config:"},
		{"a network of 8.8e12 weights",
			rewritten(t, ck, metadata("config", replace("width: 16\n  depth: 1", absurd))),
			"model: got 8796362440710 weights, want at most 2147483648"},
		{"a network of 1.7e9 weights",
			rewritten(t, ck, metadata("config", replace("width: 16", "width: 29000"))),
			`PATH: tensor "weights.in.weight": got shape [6 16], want [6 29000]`},
		{"a deeper network",
			rewritten(t, ck, metadata("config", replace("depth: 1", "depth: 2"))),
			"PATH: got 48 tensors, want the 72 of mlp 16×2"},
		{"samples of 2⁶⁰ values",
			rewritten(t, ck, metadata("shape", becomes("1048576×1048576×1048576"))),
			`PATH: shape: got "1048576×1048576×1048576", want rows×columns×channels of at most 268435456 ` +
				`values`},
		{"a shape with more behind",
			rewritten(t, ck, metadata("shape", replace("×6", "×6x"))), "PATH: shape: got "},
		{"a negative step", rewritten(t, ck, metadata("step", becomes("-1"))),
			`PATH: step: got "-1", want a number of steps`},
		{"no step", rewritten(t, ck, metadata("step", becomes("five"))),
			`PATH: step: got "five"`},
	}
}

// misshapen are files of ck with other tensors.
func misshapen(t *testing.T, ck *Checkpoint) []aFile {
	return []aFile{
		{"a tensor too few", rewritten(t, ck, tensors(func(ts list) list { return ts[1:] })),
			"PATH: got 47 tensors, want the 48 of mlp 16×1"},
		{"a tensor of another name", rewritten(t, ck, tensors(func(ts list) list {
			ts[len(ts)-1].Name = "weights.tuo.weight"
			return ts
		})), `PATH: tensor "weights.out.weight": got none, want shape [16 6]`},
		{"a tensor turned", rewritten(t, ck, tensors(func(ts list) list {
			ts[len(ts)-1].Shape = []int{6, 16}
			return ts
		})), `PATH: tensor "weights.out.weight": got shape [6 16], want [16 6]`},
		{"a NaN", rewritten(t, ck, tensors(func(ts list) list {
			ts[len(ts)-1].Data[7] = float32(math.NaN())
			return ts
		})), "PATH: weights.out.weight[7] is NaN, want finite weights"},
	}
}

// Everything that can be wrong with the file is one line that says what, costs
// little memory, and leaves the file as it was.
func TestBadCheckpoints(t *testing.T) {
	ck := aCheckpoint(t)
	for _, tt := range slices.Concat(damaged(t, ck), misdescribed(t, ck), misshapen(t, ck)) {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "step-000000005.safetensors")
			if err := os.WriteFile(path, tt.text, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, err := Load(path)
			runtime.ReadMemStats(&after)
			if tt.want == "" {
				if err != nil || !reflect.DeepEqual(got.Weights, ck.Weights) || got.Step != 5 {
					t.Fatalf("got %v, %v", got, err)
				}
				return
			}
			want := strings.ReplaceAll(tt.want, "PATH", path)
			switch {
			case err == nil:
				t.Fatalf("it was read, want %q", want)
			case !strings.HasPrefix(err.Error(), "run: checkpoint: ") ||
				!strings.Contains(err.Error(), want):
				t.Errorf("got  %v\nwant %s", err, want)
			case strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), path) != 1:
				t.Errorf("want one line that names the file once: %v", err)
			}
			// The file, its header as text and as JSON, and a graph of at most
			// 1024 blocks: nothing by a size that the file claims.
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Errorf("%d bytes were allocated for a file of %d", n, len(tt.text))
			}
			if !bytes.Equal(content(t, path), tt.text) {
				t.Error("the file was changed")
			}
		})
	}
}

// The deepest networks a configuration may name are laid out, a second's work,
// and refused for want of their tensors.
func TestDeepNetworks(t *testing.T) {
	levels := strings.Repeat("1, ", 13) + "1"
	for _, tt := range []struct{ model, shape string }{
		{"{kind: mlp, width: 64, depth: 1024}", "1×1×64"},
		{"{kind: unet, channels: 1, blocks: 64, heads: 1, levels: [" + levels + "]}", "8192×8192×1"},
	} {
		meta := map[string]string{magic: version, "config": "model: " + tt.model, "shape": tt.shape,
			"step": "1"}
		_, _, err := described(&safetensors.File{Metadata: meta}, all)
		if err == nil || !strings.HasPrefix(err.Error(), "got 0 tensors, want the ") {
			t.Errorf("%s: %v", tt.model, err)
		}
	}
}

// A link in the place of a checkpoint is replaced: nothing is written out of the run.
func TestCheckpointIsNotWrittenThroughALink(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(dir, "outside")
	if err := os.WriteFile(outside, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	c := aCheckpoint(t)
	c.Path = filepath.Join(dir, "step-1.safetensors")
	if err := os.Symlink(outside, c.Path); err != nil {
		t.Skip(err)
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(outside); string(b) != "mine" {
		t.Errorf("the file outside holds %d bytes (%v), want it as it was", len(b), err)
	}
}
