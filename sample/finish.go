package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/format/safetensors"
)

// Finish makes the files of a draw of which all samples are there, each of which is read
// again and held to its sum. In a directory, from which an earlier draw is removed first,
// so that at no time files of two draws lie side by side, these are
//
//	samples.npy           [N, shape of a point]
//	samples.safetensors   samples, nfe [N] and, where there is one, energy [N]; the summary in its metadata
//	samples.png           the first 256 images, or a plot of the first 16384 points
//	000000.png …          Output.Singles images
//	summary.json          written last: a directory that has it is complete
//
// It returns the summary, and the path of the picture: "" for points on a line and for
// images that are neither gray nor in colour. energies may be nil. A file appears whole or
// not at all, and an error names the file; then, and at the end of ctx, the store is as it
// was, and Finish can be tried again.
func (w *Store) Finish(ctx context.Context, energies *Energies) (s Summary, picture string, err error) {
	if w.done < w.n {
		return s, "", fmt.Errorf("sample: Finish: %d of %d samples are there", w.done, w.n)
	}
	if s, err = w.sum(ctx, energies); err != nil {
		return s, "", fmt.Errorf("sample: Finish: %w", err)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil && w.opt.Shard.Of > 0 {
		err = w.writeShard(w.out, string(text))
	} else if err == nil && w.file {
		picture, err = forms[suffix(w.out)](w, w.out, string(text))
	} else if err == nil {
		picture, err = w.directory(text)
	}
	if err != nil {
		return s, "", fmt.Errorf("sample: Finish: %w", err)
	}
	w.finished = true
	return s, picture, nil
}

// sum reads all samples, finds their energies, and sums up what summary.json says.
func (w *Store) sum(ctx context.Context, energies *Energies) (Summary, error) {
	t := sums{batch: w.spec.Batch}
	many := min(64, w.n)
	if energies != nil {
		many = energies.Rows()
	}
	g := make([]float32, many)
	err := w.chunks(many, func(first int, x []float32, rs []record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if energies != nil {
			if err := energies.At(g[:len(rs)], x, w.from+first); err != nil {
				return err
			}
		}
		for k, r := range rs {
			t.add(r)
			if energies != nil {
				r.energy = g[k]
				if err := w.journal.put(first+k, r); err != nil {
					return err
				}
			}
			if energies != nil || w.known {
				t.addEnergy(r.energy)
			}
		}
		return nil
	})
	s := t.summary(w.spec, w.opt)
	all := w.taken()
	s.Seconds, s.Work = all.time.Seconds(), t.work(all.rows, w.most)
	return s, err
}

// chunks gives all samples, so many at a time, with their records.
func (w *Store) chunks(many int, use func(first int, x []float32, rs []record) error) error {
	x, rs := make([]float32, many*w.dim), make([]record, many)
	b := make([]byte, many*recordBytes)
	for first := 0; first < w.n; first += many {
		n := min(many, w.n-first)
		if err := w.journal.get(rs[:n], first, b); err != nil {
			return err
		}
		for k, r := range rs[:n] {
			sum, err := w.points.get(first+k, x[k*w.dim:(k+1)*w.dim])
			if err == nil && (sum != r.sum || r.nfe == 0) {
				err = fmt.Errorf("%s: sample %d is not as it was written", w.points.path, first+k)
			}
			if err != nil {
				return err
			}
		}
		if err := use(first, x[:n*w.dim], rs[:n]); err != nil {
			return err
		}
	}
	return nil
}

// directory writes the files of a directory. First comes the one that says what else an
// earlier draw had been going to write: see removeDraw.
func (w *Store) directory(summary []byte) (string, error) {
	if w.points.path != w.at(partFile) { // Finish was tried before, and came far
		if err := w.points.rename(w.at(partFile)); err != nil {
			return "", err
		}
	}
	if err := removeDraw(w.dir); err != nil {
		return "", err
	}
	if _, err := w.writeTensors(w.at(arraysFile), string(summary)); err != nil {
		return "", err
	}
	drawn, err := w.pictures()
	if err != nil {
		return "", err
	}
	if err := w.points.rename(w.at(npyFile)); err != nil {
		return "", err
	}
	last := w.at(summaryFile)
	err = atomicfile.Replace(last, func(to io.Writer) error {
		_, err := to.Write(append(summary, '\n'))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", last, err)
	}
	return drawn, nil
}

// writeTensors writes the points, the evaluations each took, its energy, and the summary.
func (w *Store) writeTensors(path, summary string) (string, error) {
	var s Summary
	if err := json.Unmarshal([]byte(summary), &s); err != nil {
		return "", err
	}
	return "", safetensors.WriteStreams(path, map[string]string{"summary": summary}, w.arrays(s))
}

// column is what of says of each sample, as the elements of an array.
func (w *Store) column(of func(r record) float32) func(use func([]float32) error) error {
	return func(use func([]float32) error) error {
		one := make([]float32, 1)
		return w.each(w.n, func(_ int, r record) error {
			one[0] = of(r)
			return use(one)
		})
	}
}

// arrays are those of samples.safetensors.
func (w *Store) arrays(s Summary) []safetensors.Stream {
	arrays := []safetensors.Stream{
		{Name: "samples", Shape: s.Shape, Each: func(use func([]float32) error) error {
			return w.chunks(min(64, w.n), func(_ int, x []float32, _ []record) error { return use(x) })
		}},
		// A count is exact: a path has less than 2²⁴ stages.
		{Name: "nfe", Shape: s.Shape[:1], Each: w.column(func(r record) float32 { return float32(r.nfe) })},
	}
	if s.Energy != nil {
		arrays = append(arrays, safetensors.Stream{Name: "energy", Shape: s.Shape[:1],
			Each: w.column(func(r record) float32 { return r.energy })})
	}
	return arrays
}

// writePoints writes the points alone.
func (w *Store) writePoints(path, _ string) (string, error) {
	st, err := w.points.f.Stat()
	if err != nil {
		return "", err
	}
	return "", atomicfile.Write(path, func(to io.Writer) error {
		_, err := io.Copy(to, io.NewSectionReader(w.points.f, 0, st.Size()))
		return err
	})
}

// writePicture draws the first samples.
func (w *Store) writePicture(path, _ string) (string, error) {
	r, err := w.first(w.opt.shown(w.n))
	if err != nil {
		return "", err
	}
	img, err := r.Picture(w.opt)
	if img == nil || err != nil {
		return "", err
	}
	return path, picture.WritePNG(path, img)
}

// first are the first n samples.
func (w *Store) first(n int) (*Result, error) {
	r := &Result{Spec: w.spec, Dim: w.dim, X: make([]float32, n*w.dim), NFE: make([]int, n)}
	for i := range n {
		if _, err := w.points.get(i, r.X[i*w.dim:(i+1)*w.dim]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// pictures draws what can be drawn and returns the path of the whole.
func (w *Store) pictures() (string, error) {
	drawn, err := w.writePicture(w.at(pictureFile), "")
	if drawn == "" || err != nil || !w.opt.isImage() {
		return drawn, err
	}
	p, x := w.opt.Point, make([]float32, w.dim)
	for i := range min(w.opt.Singles, w.n) {
		if _, err := w.points.get(i, x); err != nil {
			return "", err
		}
		img, err := picture.Image(x, p[0], p[1], p[2])
		if err != nil {
			return "", fmt.Errorf("sample %d: %w", i, err)
		}
		if err := picture.WritePNG(filepath.Join(w.dir, singleFile(i)), img); err != nil {
			return "", err
		}
	}
	return drawn, nil
}

// leave removes what another process has no use of, and lets it in.
func (w *Store) leave() error {
	var errs []error
	remove := func(path string) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	gone := w.finished || w.mine && w.done == 0
	if gone {
		remove(w.at(journalFile))
		remove(w.at(partFile))
	}
	errs = append(errs, w.lock.Remove())
	if (gone || !w.mine) && (w.made || w.file) {
		_ = os.Remove(w.dir) // unless something is in it
	}
	return errors.Join(errs...)
}
