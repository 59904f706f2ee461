package run

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/safetensors"
)

// Checkpoint is a moment of a run. Of Weights, what was not asked for is nil.
type Checkpoint struct {
	*experiment.Experiment
	Path    string
	Step    int    // steps taken
	Data    string // fingerprint of the data
	Average string // name of the average that Weights.Average is; "" for the first that the run keeps
	Order   string // in which the machine added products, as plan.OrderOf; "" where it did not say
	Weights *experiment.Weights
	Best    *Scored // what it scored, of the best checkpoint of a run
}

// magic marks our checkpoints in their metadata, with the version of the layout.
const magic, version = "stillfield.checkpoint", "1"

// Save writes the checkpoint to its path: whole, or not at all. Tensors are called
// PART.NAME, where PART is one of Experiment.States: weights, average, adam.m, adam.v and
// averages beside the first. Parts that Weights has not are left out.
func (c *Checkpoint) Save() error {
	text, err := c.Config.Encode()
	if err != nil {
		return err
	}
	var ts []safetensors.Tensor
	for _, part := range c.Weights.Parts() {
		if part.Data == nil {
			continue
		}
		for _, p := range c.Params.List {
			data := part.Data[p.Offset : p.Offset+p.Size()]
			ts = append(ts, safetensors.Tensor{Name: part.State + "." + p.Name, Shape: p.Shape, Data: data})
		}
	}
	meta := map[string]string{
		magic: version, "config": string(text), "shape": c.Shape.String(), "data": c.Data,
		"step": strconv.Itoa(c.Step), "seed": strconv.FormatUint(c.Config.Seed, 10),
	}
	if c.Average != "" && c.Average != c.Config.Average.Kept()[0].Name {
		meta["average"] = c.Average
	}
	if c.Order != "" {
		meta["order"] = c.Order
	}
	if c.Best != nil {
		text, err := json.Marshal(c.Best)
		if err != nil {
			return fmt.Errorf("run: checkpoint: %s: %w", c.Path, err)
		}
		meta["best"] = string(text)
	}
	err = atomicfile.Replace(c.Path, func(w io.Writer) error { return safetensors.Write(w, meta, ts) })
	if err != nil {
		return fmt.Errorf("run: checkpoint: %s: %w", c.Path, err)
	}
	return nil
}

// Sum identifies the numbers of one part of the weights, as SumOf does.
func (c *Checkpoint) Sum(part string) string { return SumOf(c.Weights.Part(part)) }

// SumOf identifies numbers: "sha256:" and 64 hexadecimal digits, of the float32 in
// little-endian order.
func SumOf(x []float32) string {
	h := sha256.New()
	var b [1 << 12]byte
	for left := x; len(left) > 0; {
		n := min(len(left), len(b)/4)
		for i, x := range left[:n] {
			binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(x))
		}
		h.Write(b[:4*n])
		left = left[n:]
	}
	return fmt.Sprintf("sha256:%x", h.Sum(nil))
}
