package sample

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/safetensors"
)

// Shard is a part of a draw that a process draws by itself: one of Of parts, numbered from
// 0, whose sizes differ by at most one sample. The zero Shard is no part but the whole.
type Shard struct {
	Index int `json:"index"`
	Of    int `json:"of"`
}

// maxShards bounds how many parts a draw has.
const maxShards = 1 << 20

func (p Shard) String() string { return fmt.Sprintf("%d/%d", p.Index, p.Of) }

// Range is the samples first to end−1 of n that are p's; none where there are fewer samples
// than shards and p's turn does not come.
func (p Shard) Range(n int) (first, end int) { return p.Index * n / p.Of, (p.Index + 1) * n / p.Of }

// Path is the file of p in a directory of samples.
func (p Shard) Path(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("shard-%d-of-%d.safetensors", p.Index, p.Of))
}

// Check reports a shard that there cannot be.
func (p Shard) Check() error {
	if p.Of < 1 || p.Of > maxShards || p.Index < 0 || p.Index >= p.Of {
		return &choice.Fault{Path: "shard", Got: p.String(),
			Want: fmt.Sprintf("i/n with 0 ≤ i < n ≤ %d: shards are numbered from 0", maxShards)}
	}
	return nil
}

// ErrShardThere is the error of [Open] for a shard that is drawn already, by the same settings.
var ErrShardThere = errors.New("the shard is there already")

// shardKey is the key of a shard's manifest in the metadata of its file.
const shardKey = "shard"

// manifest is what a shard says beside its arrays and their summary.
type manifest struct {
	Shard
	Identity   json.RawMessage `json:"identity"` // of the whole draw
	Point      []int           `json:"point"`
	Singles    int             `json:"singles"`
	Stages     int             `json:"stages"` // of a path; 0 where that says nothing
	Projection *[2][]float64   `json:"projection,omitempty"`
}

// divide makes w the store of a shard.
func (w *Store) divide(p Shard) error {
	if err := p.Check(); err != nil {
		return err
	}
	first, end := p.Range(w.spec.N)
	if first == end {
		return fmt.Errorf("shard %v has none of %d samples", p, w.spec.N)
	}
	if suffix(w.out) != ".safetensors" {
		return fmt.Errorf("shard %v: got %s to write to, want a .safetensors file", p, w.out)
	}
	w.from, w.n = first, end-first
	return nil
}

// there reports a shard whose file is there, ErrShardThere where it is the same.
func (w *Store) there() error {
	if w.opt.Shard.Of == 0 {
		return nil
	}
	if _, err := os.Stat(w.out); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s, err := openShard(w.out)
	if err != nil {
		return err
	}
	defer s.file.Close()
	mine, err := w.identity(Shard{})
	if err != nil {
		return err
	}
	if what := difference(s.Identity, mine); what != "" {
		return fmt.Errorf("%s: it is a shard of another draw: %s; give another --out, or remove it", w.out,
			what)
	}
	if s.Shard != w.opt.Shard {
		return fmt.Errorf("%s: it is shard %v, want %v", w.out, s.Shard, w.opt.Shard)
	}
	return fmt.Errorf("%s: %w", w.out, ErrShardThere)
}

// writeShard writes the file of a shard: the arrays of samples.safetensors, which of the
// samples finished early, and what a plot shows behind all.
func (w *Store) writeShard(path, summary string) error {
	identity, err := w.identity(Shard{})
	if err != nil {
		return err
	}
	text, err := json.Marshal(manifest{w.opt.Shard, identity, w.opt.Point, w.opt.Singles, w.most,
		w.opt.Projection})
	if err != nil {
		return err
	}
	var s Summary
	if err := json.Unmarshal([]byte(summary), &s); err != nil {
		return err
	}
	arrays := append(w.arrays(s), safetensors.Stream{Name: "stopped", Shape: s.Shape[:1],
		Each: w.column(func(r record) float32 {
			if r.stopped {
				return 1
			}
			return 0
		})})
	if behind := w.opt.Behind; len(behind) > 0 {
		arrays = append(arrays, safetensors.Stream{Name: "behind", Shape: []int{len(behind)},
			Each: func(use func([]float32) error) error { return use(behind) }})
	}
	return safetensors.WriteStreams(path, map[string]string{"summary": summary, shardKey: string(text)},
		arrays)
}

// shardFile is a shard that has been drawn, open.
type shardFile struct {
	manifest
	path    string
	file    *safetensors.File
	summary Summary
}

// openShard opens the shard at path, whose claims are held to the arrays that are in it.
func openShard(path string) (*shardFile, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	s := &shardFile{path: path, file: f}
	if err := s.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: got no shard of a draw, want one: %w", path, err), f.Close())
	}
	return s, nil
}

func (s *shardFile) read() error {
	if err := json.Unmarshal([]byte(s.file.Metadata[shardKey]), &s.manifest); err != nil {
		return fmt.Errorf("its manifest of %d bytes: %w", len(s.file.Metadata[shardKey]), err)
	}
	if err := json.Unmarshal([]byte(s.file.Metadata["summary"]), &s.summary); err != nil {
		return fmt.Errorf("its summary of %d bytes: %w", len(s.file.Metadata["summary"]), err)
	}
	if err := errors.Join(s.Check(), s.summary.Settings.Check().Err()); err != nil {
		return err
	}
	first, end := s.Range(s.summary.Settings.N)
	shape := append([]int{end - first}, s.Point...)
	columns := []string{"nfe", "stopped"}
	if s.summary.Energy != nil {
		columns = append(columns, "energy")
	}
	if t, ok := s.file.Tensor("samples"); !ok || first == end || !slices.Equal(t.Shape, shape) {
		return fmt.Errorf("samples have the shape %v, want %v", t.Shape, shape)
	}
	for _, name := range columns {
		if t, ok := s.file.Tensor(name); !ok || !slices.Equal(t.Shape, shape[:1]) {
			return fmt.Errorf("%s has the shape %v, want %v", name, t.Shape, shape[:1])
		}
	}
	return nil
}
