package geometry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

// kept is a result with what it depends on.
type kept struct {
	Key    string  `json:"key"`
	Result *Result `json:"result"`
}

// key is a digest of all that the numbers of f depend on: its name, its inputs and the
// program, of which build is a digest.
func (f Figure) key(build string) string {
	text, err := json.Marshal(f.Inputs)
	if err != nil {
		panic(err) // numbers can be written
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", f.Name, text, build))
	return hex.EncodeToString(sum[:])
}

// path is the file of f's result in dir.
func (f Figure) path(dir string) string { return filepath.Join(dir, f.Name+".json") }

// Kept is the result of f in dir, if it is there and the same program with the same
// inputs computed it, and nil otherwise. A file that is there and cannot be read is an
// error.
func (f Figure) Kept(dir, build string) (*Result, error) {
	text, err := bounded.ReadFile(f.path(dir), largestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil || k.Result == nil || k.Key != f.key(build) {
		return nil, nil // of another program: it will be replaced
	}
	return k.Result, nil
}

// Make computes f, writes its result to dir and returns it.
func (f Figure) Make(ctx context.Context, dir, build string, progress func(done, of int)) (*Result, error) {
	begin := time.Now()
	r, err := f.Compute(ctx, progress)
	if err != nil {
		return nil, err
	}
	r.Seconds = time.Since(begin).Seconds()
	text, err := json.Marshal(kept{f.key(build), r})
	if err != nil {
		return nil, fmt.Errorf("geometry: %s: %w", f.Name, err)
	}
	return r, atomicfile.Write(f.path(dir), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
