package sample

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/stillfield/stillfield/plan"
)

// Gather joins the shards in dir into out, a directory, which may be dir, or one file (see
// [IsFile]): its files are those that one process would have written, byte for byte, but
// for the time and the rows that the summary says were run, which are those of the shards. It
// returns what [Store.Finish] does. A singles of at least 0 is in place of the shards'.
//
// Shards that are missing, are of another draw or another number of shards, or whose bytes
// are not as they were written are refused by name, before anything is written. The
// shards stay. Memory does not grow with the number of samples.
func Gather(ctx context.Context, dir, out string, singles int) (s Summary, picture string, err error) {
	s, picture, err = gather(ctx, dir, out, singles)
	if err != nil {
		err = fmt.Errorf("sample: Gather: %w", err)
	}
	return s, picture, err
}

func gather(ctx context.Context, dir, out string, singles int) (s Summary, picture string, err error) {
	shards, err := openShards(dir)
	defer func() {
		for _, p := range shards {
			err = errors.Join(err, p.file.Close())
		}
	}()
	if err != nil {
		return s, "", err
	}
	if err := fitting(dir, shards); err != nil {
		return s, "", err
	}
	for _, p := range shards {
		if err := errors.Join(ctx.Err(), p.file.Verify()); err != nil {
			return s, "", err
		}
	}
	w, err := joined(out, shards[0])
	if err != nil {
		return s, "", err
	}
	if singles >= 0 {
		w.opt.Singles = singles
	}
	if err := w.take(ctx); err != nil {
		return s, "", err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	w.done, w.kept, w.gaps, w.tally = 0, 0, nil, tally{} // what there was comes again
	for _, p := range shards {
		if err := w.join(ctx, p); err != nil {
			return s, "", fmt.Errorf("%s: %w", p.path, err)
		}
	}
	w.begin = time.Now() // what the shards took, and not what joining them does
	return w.Finish(ctx, nil)
}

// openShards opens all shards in dir, in the order of their numbers. What is open is
// returned with an error too.
func openShards(dir string) (shards []*shardFile, err error) {
	paths, err := filepath.Glob(filepath.Join(literal(dir), "shard-*-of-*.safetensors"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: got no file shard-…-of-….safetensors, want those of sample --shard", dir)
	}
	for _, path := range paths {
		p, err := openShard(path)
		if err != nil {
			return shards, err
		}
		shards = append(shards, p)
	}
	slices.SortStableFunc(shards, func(a, b *shardFile) int { return cmp.Compare(a.Index, b.Index) })
	return shards, nil
}

// literal is a path as a pattern that matches it alone.
func literal(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// fitting reports shards that are not those of one draw, each there once.
func fitting(dir string, shards []*shardFile) error {
	first, there := shards[0], map[int]string{}
	for _, p := range shards {
		if p.Of != first.Of {
			return fmt.Errorf("%s is one of %d shards and %s one of %d, want all of one number", p.path, p.Of,
				first.path, first.Of)
		}
		if what := difference(p.Identity, first.Identity); what != "" {
			return fmt.Errorf("%s is a shard of another draw than %s is: %s", p.path, first.path, what)
		}
		if other, ok := there[p.Index]; ok {
			return fmt.Errorf("%s and %s are both shard %v", other, p.path, p.Shard)
		}
		if (p.summary.Energy != nil) != (first.summary.Energy != nil) {
			return fmt.Errorf("of %s and %s one has energies, want both or none", p.path, first.path)
		}
		there[p.Index] = p.path
	}
	var missing []string
	for i := range first.Of {
		p := Shard{i, first.Of}
		from, end := p.Range(first.summary.Settings.N)
		if there[i] == "" && from < end {
			missing = append(missing, p.String())
		}
	}
	if len(missing) > 0 {
		more := ""
		if n := len(missing) - 20; n > 0 {
			missing, more = missing[:20], fmt.Sprintf(" and %d more", n)
		}
		return fmt.Errorf("%s: got %d of %d shards, want all: there is no %s%s", dir, len(shards), first.Of,
			strings.Join(missing, ", "), more)
	}
	return nil
}

// joined is the store, not yet open, of the draw that p is a shard of.
func joined(out string, p *shardFile) (*Store, error) {
	opt := Output{Point: p.Point, Origin: p.summary.Origin, Singles: p.Singles, Projection: p.Projection}
	if _, ok := p.file.Tensor("behind"); ok {
		var err error
		if opt.Behind, err = p.file.Float32("behind"); err != nil {
			return nil, err
		}
	}
	dim := plan.Size(p.Point)
	w := &Store{out: out, spec: p.summary.Settings, opt: opt, dim: dim, n: p.summary.Settings.N,
		most: p.Stages, known: p.summary.Energy != nil}
	if plane := opt.Projection; plane != nil && (len(plane[0]) != dim || len(plane[1]) != dim) {
		return nil, fmt.Errorf("%s: got a plane in %d and %d coordinates, want %d", p.path, len(plane[0]),
			len(plane[1]), dim)
	}
	return w, errors.Join(opt.check(dim), ready(out, p.Point))
}

// ready says before the work why samples of points of that shape could not be written to out.
func ready(out string, point []int) error {
	if AsFile(out) {
		return ReadyFile(out, point)
	}
	return errors.Join(CheckForm(out), Ready(out))
}

// join copies the samples of a shard.
func (w *Store) join(ctx context.Context, p *shardFile) error {
	first, end := p.Range(w.n)
	names := []string{"nfe", "stopped", "energy"}
	if !w.known {
		names = names[:2]
	}
	x, said := make([]float32, w.dim), make([]float32, 3)
	for i := first; i < end; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.file.ReadFloat32At(x, "samples", (i-first)*w.dim); err != nil {
			return err
		}
		for k, name := range names {
			if err := p.file.ReadFloat32At(said[k:k+1], name, i-first); err != nil {
				return err
			}
		}
		if !(said[0] >= 1 && said[0] < 1<<24) {
			return fmt.Errorf("sample %d: got %v evaluations, want between 1 and 2²⁴", i, said[0])
		}
		if err := w.put(i, x, record{nfe: int(said[0]), stopped: said[1] == 1, energy: said[2]}); err != nil {
			return err
		}
	}
	w.tally.rows += p.summary.Work.Rows
	w.tally.time += time.Duration(p.summary.Seconds * float64(time.Second))
	return nil
}
