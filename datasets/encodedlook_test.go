package datasets

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/npy"
)

// noisyTar is a tar file of n pictures that do not compress, of a megabyte each.
func noisyTar(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	s := newStream(1, forNoise)
	for i := range n {
		img := image.NewGray(image.Rect(0, 0, 1024, 1024))
		for k := range img.Pix {
			img.Pix[k] = byte(s.at(uint64(i<<20 + k)))
		}
		var p bytes.Buffer
		if err := png.Encode(&p, img); err != nil {
			t.Fatal(err)
		}
		h := &tar.Header{Name: string(rune('a'+i)) + ".png", Mode: 0o644, Size: int64(p.Len())}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(p.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noisyArray is an .npy file of so many numbers, in rows of 1024.
func noisyArray(t *testing.T, n int, shape ...int) []byte {
	t.Helper()
	a := &npy.Array{Shape: shape, Data: make([]float32, n)}
	s := newStream(1, forNoise)
	for k := range a.Data {
		a.Data[k] = float32(s.uniform(uint64(k)))
	}
	var b bytes.Buffer
	if err := npy.Write(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A second start reads no record: what the first found out is in the manifest, for as long as the
// file does not seem to have changed. A change while it is open is an error of the next record.
func TestSecondStart(t *testing.T) {
	t.Setenv("STILLFIELD_CACHE", t.TempDir())
	nan := binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(math.NaN())))
	for _, tt := range []struct {
		kind, name string
		params     choice.Values
		data       []byte
		harm       []byte // written over some of the last record
	}{
		{"array", "x.npy", nil, noisyArray(t, 2<<20, 2048, 1024), nan},
		{"latents", "z.npy", choice.Values{"side": 16, "channels": 8, "classes": 0},
			noisyArray(t, 2<<20, 1024, 8, 16, 16), nan},
		{"webdataset", "x.tar", nil, noisyTar(t, 5), bytes.Repeat([]byte{0}, 1<<16)},
	} {
		path := filepath.Join(folder(t, map[string][]byte{tt.name: tt.data}), tt.name)
		old := time.Now().Add(-time.Hour)
		touch := func(when time.Time) {
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
		}
		touch(old)
		c := choice.Choice{Kind: tt.kind, Params: choice.Values{"path": path}}
		for key, x := range tt.params {
			c.Params[key] = x
		}
		first, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt(tt.harm, int64(len(tt.data)-len(tt.harm)-8<<10)); err != nil {
			t.Fatal(err)
		}
		f.Close()
		touch(old)
		if second, err := Open(c); err != nil || second.Info() != first.Info() {
			t.Errorf("%s: the second start reads again: %v", tt.kind, err)
		}
		touch(old.Add(time.Second))
		x := make([]float32, first.Info().Shape.Len())
		if _, err := first.Read(x, 0); err == nil ||
			!strings.Contains(err.Error(), path+": the file has changed") {
			t.Errorf("%s: a changed file: %v", tt.kind, err)
		}
		if third, err := Open(c); err == nil && third.Info() == first.Info() {
			t.Errorf("%s: a changed file is not read again", tt.kind)
		}
	}
}
