package wholerun

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
	"github.com/stillfield/stillfield/cuda"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/train"
)

// Two processes with a GPU each write the same checkpoint as one, byte for byte, with leaves,
// and go on with what one has begun.
func TestGPUsTogether(t *testing.T) {
	const text = `name: tiny
steps: 4
batch: 16
reduce: exact
leaves: 4
data: {name: digits, flip: true}
model: {kind: mlp, width: 32, depth: 1, classes: 10, label_dropout: 0.2}
optimizer: {warmup: 2, schedule: constant}
log: {every: 1, checkpoint: 2}
`
	c, err := experiment.Parse("tiny.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, ranks := range [][]int{{1}, {2}, {1, 2}, {4}} { // of the whole run, or of its halves
		dir := t.TempDir()
		for half, n := range ranks {
			c := *c
			if half < len(ranks)-1 {
				c.Steps = 2
			}
			onGPUs(t, n, dir, &c)
		}
		got, err := os.ReadFile(run.CheckpointPath(dir, c.Steps))
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%v GPUs write another checkpoint than one", ranks)
		}
	}
}

// onGPUs trains c in dir by n processes, each on an emulated device of its own.
func onGPUs(t *testing.T, n int, dir string, c *experiment.Config) {
	t.Helper()
	err := local.Run(n, comm.Options{}, func(g *comm.Group) error {
		src, err := c.OpenData()
		if err != nil {
			return err
		}
		d, err := cuda.New(emu.New(emu.Options{}), 0)
		if err != nil {
			return err
		}
		d.Join(g)
		_, err = train.Together(t.Context(), g, dir, c, src, d, train.Hooks{})
		return errors.Join(err, d.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
}
