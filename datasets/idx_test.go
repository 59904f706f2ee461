package datasets

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// idxBytes is an idx file of bytes with the extents its header shall claim.
func idxBytes(data []byte, extents ...int) []byte {
	file := []byte{0, 0, 8, byte(len(extents))}
	for _, e := range extents {
		file = binary.BigEndian.AppendUint32(file, uint32(e))
	}
	return append(file, data...)
}

func zip(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// ramp is n bytes that differ from their neighbours.
func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 37)
	}
	return b
}

func TestIdxRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		extents := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 4).Draw(rt, "extents")
		n := 1
		for _, e := range extents {
			n *= e
		}
		want := rapid.SliceOfN(rapid.Byte(), n, n).Draw(rt, "data")
		file := idxBytes(want, extents...)
		if rapid.Bool().Draw(rt, "zipped") {
			file = zip(file)
		}
		gotExtents, got, err := readIdx(bytes.NewReader(file), len(extents))
		if err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(gotExtents, extents) || !bytes.Equal(got, want) {
			rt.Fatalf("read %v and %d bytes, want %v and %d", gotExtents, len(got), extents, len(want))
		}
	})
}

// TestIdxGrows reads arrays about the sizes at which the buffer doubles.
func TestIdxGrows(t *testing.T) {
	for _, n := range []int{1<<20 - 1, 1 << 20, 1<<20 + 1, 1<<21 + 1, 5 << 20} {
		want := ramp(n)
		// One byte at a time would be slow; 64 KiB at a time splits every read.
		in := struct{ io.Reader }{bytes.NewReader(idxBytes(want, n))}
		_, got, err := readIdx(in, 1)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: read %d, error %v", n, len(got), err)
		}
	}
}

// goodIdx is a file of 2×3×4 elements and zippedIdx the same, gzipped.
var (
	goodIdx   = idxBytes(ramp(24), 2, 3, 4)
	zippedIdx = zip(goodIdx)
)

// flip returns b with a few bits of byte i changed, counted from the end if i < 0.
func flip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[(i+len(b))%len(b)] ^= 0x55
	return b
}

// damaged has the good file damaged in every way there is a check for.
var damaged = []struct {
	name string
	file []byte
	want string
}{
	{"empty", nil, "header: got 0 bytes, want 16"},
	{"header cut", goodIdx[:7], "header: got 7 bytes, want 16"},
	{"text", []byte("<html><body>404 not found"), "magic number: got 0x3c68746d, want 0x00000803"},
	{"labels for images", idxBytes(ramp(20), 20), "magic number: got 0x00000801"},
	{"ints", append([]byte{0, 0, 12, 3}, goodIdx[4:]...), "magic number: got 0x00000c03"},
	{"no images", idxBytes(nil, 0, 28, 28), "extents: got 0×28×28, want at least 1 each"},
	{"no rows", idxBytes(nil, 5, 0, 28), "extents: got 5×0×28"},
	{"huge", idxBytes(ramp(24), 1<<31-1, 1, 2), "extents: got 2147483647×1×2"},
	{"overflowing", idxBytes(ramp(24), 1<<31-1, 1<<31-1, 1<<31-1), "got 2147483647×2147483647×2"},
	{"more claimed", idxBytes(ramp(24), 3, 3, 4), "extents 3×3×4: elements: got 24 bytes, want 36"},
	{"far more claimed", idxBytes(ramp(24), 60000, 28, 28), "elements: got 24 bytes, want 47040000"},
	{"less claimed", idxBytes(ramp(24), 1, 3, 4), "elements: got more than 12 bytes, want 12"},
	{"cut", goodIdx[:len(goodIdx)-1], "elements: got 23 bytes, want 24"},
	{"trailing byte", append(bytes.Clone(goodIdx), 0), "elements: got more than 24 bytes"},
	{"gzip header cut", zippedIdx[:5], "unexpected EOF"},
	{"gzip cut", zippedIdx[:len(zippedIdx)-16], "elements: got"},
	{"gzip checksum cut", zippedIdx[:len(zippedIdx)-1], "after 24 elements: gunzip: unexpected EOF"},
	{"gzip checksum wrong", flip(zippedIdx, -5), "after 24 elements: gunzip: gzip: invalid checksum"},
	{"gzip length wrong", flip(zippedIdx, -1), "after 24 elements: gunzip: gzip: invalid checksum"},
	{"gzip stream broken", flip(zippedIdx, 10), "flate: corrupt input"},
	{"gzip method unknown", flip(zippedIdx, 2), "gzip: invalid header"},
	{"another file behind gzip", append(bytes.Clone(zippedIdx), zippedIdx...),
		"elements: got more than 24 bytes"},
	{"gzip of more in a second member", append(bytes.Clone(zippedIdx), zip([]byte{1})...),
		"elements: got more than 24 bytes"},
	{"gzip of more", zip(append(bytes.Clone(goodIdx), 1)), "elements: got more than 24 bytes"},
	{"bomb that asks for too much", zip(idxBytes(make([]byte, 1<<22), 1<<31-1, 2, 1)),
		"extents: got 2147483647×2×1, want at least 1 each and at most 2147483647 elements"},
	{"bomb that holds more than it asks for", zip(idxBytes(make([]byte, 1<<22), 4, 3, 2)),
		"elements: got more than 24 bytes"},
	{"bomb that asks for more than it holds", zip(idxBytes(make([]byte, 1<<16), 1<<31-1, 1, 1)),
		"elements: got 65536 bytes, want 2147483647"},
	{"zipped twice", zip(zippedIdx), "magic number: got 0x1f8b"},
}

func TestIdxRefuses(t *testing.T) {
	for _, tt := range damaged {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "images")
			if err := os.WriteFile(path, tt.file, 0o600); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := readIdxFile(path, 3)
			runtime.ReadMemStats(&after)
			wantError(t, err, tt.want)
			wantError(t, err, path)
			// The first buffer, gzip's tables and the error: not what the file claims.
			if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
				t.Errorf("allocated %d bytes for a file of %d", got, len(tt.file))
			}
		})
	}
}

// Files that gunzip and Python read are read: with zeros behind a member, in several
// members, with garbage behind the last, and however far they shrank.
func TestIdxReadsWhatGunzipReads(t *testing.T) {
	good := idxBytes(ramp(24), 2, 3, 4)
	blank := idxBytes(make([]byte, 40<<20), 40<<20, 1, 1)
	if ratio := len(blank) / len(zip(blank)); ratio < 900 {
		t.Fatalf("blank images shrink %d times, want a case that looks like a bomb", ratio)
	}
	padded, err := os.ReadFile("testdata/zeropad.gz") // 20 images, 512 zeros behind them
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		file []byte
		want []int
	}{
		{"padded with zeros", padded, []int{20, 8, 8}},
		{"two members", append(zip(good[:20]), zip(good[20:])...), []int{2, 3, 4}},
		{"zeros between them", append(append(zip(good[:3]), 0, 0), zip(good[3:])...), []int{2, 3, 4}},
		{"garbage behind", append(zip(good), "garbage"...), []int{2, 3, 4}},
		{"blank images", zip(blank), []int{40 << 20, 1, 1}},
	} {
		path := filepath.Join(t.TempDir(), "images")
		if err := os.WriteFile(path, tt.file, 0o600); err != nil {
			t.Fatal(err)
		}
		extents, data, err := readIdxFile(path, 3)
		if err != nil || !slices.Equal(extents, tt.want) || len(data) != tt.want[0]*tt.want[1]*tt.want[2] {
			t.Errorf("%s: got %v and %d bytes, %v, want %v", tt.name, extents, len(data), err, tt.want)
		}
		if tt.want[0] == 2 && !bytes.Equal(data, good[16:]) {
			t.Errorf("%s: other bytes: % x", tt.name, data)
		}
	}
}

// brokenDisk fails after its first bytes.
type brokenDisk struct{ io.Reader }

var errDisk = errors.New("input/output error")

func (b brokenDisk) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = errDisk
	}
	return n, err
}

func TestIdxSurfacesReadErrors(t *testing.T) {
	file := idxBytes(ramp(24), 2, 3, 4)
	for _, have := range []int{3, 20, len(file)} {
		_, _, err := readIdx(brokenDisk{bytes.NewReader(file[:have])}, 3)
		if !errors.Is(err, errDisk) {
			t.Errorf("a disk that fails after %d of %d bytes: error %v, want %v",
				have, len(file), err, errDisk)
		}
	}
}

func FuzzReadIdx(f *testing.F) {
	good := idxBytes(ramp(24), 2, 3, 4)
	f.Add(good)
	f.Add(zip(good))
	f.Add(idxBytes(nil, 1<<31-1, 1, 1))
	f.Add(zip(idxBytes(make([]byte, 1<<16), 1<<16, 1, 1)))
	padded, err := os.ReadFile("testdata/zeropad.gz")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(padded)
	f.Fuzz(func(t *testing.T, file []byte) {
		extents, data, err := readIdx(bytes.NewReader(file), 3)
		if err != nil {
			return
		}
		if want := extents[0] * extents[1] * extents[2]; len(data) != want || want == 0 {
			t.Fatalf("extents %v and %d elements", extents, len(data))
		}
		// What was read, written again, reads the same.
		again := idxBytes(data, extents...)
		extents2, data2, err := readIdx(bytes.NewReader(again), 3)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(extents, extents2); diff != "" || !bytes.Equal(data, data2) {
			t.Fatalf("written and read again: %v and %d bytes, want %v and %d",
				extents2, len(data2), extents, len(data))
		}
	})
}
