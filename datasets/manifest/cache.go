package manifest

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/bounded"
)

// A manifest is lines of JSON: the layout and what the facts are, an entry for each group of
// files, and the number of entries with the CRC-32 (Castagnoli) of all lines before.
const (
	layout  = "stillfield manifest 1"
	longest = 1 << 26 // bytes of a line: some 400,000 files together
	largest = 1 << 30 // bytes of a manifest: some 5 million files, each for itself
)

// least is the size in bytes of all files together from which on a manifest is written: what is
// smaller is read in milliseconds.
var least int64 = 4 << 20

type header struct {
	Layout string `json:"layout"`
	What   string `json:"what"`
}

type trailer struct {
	Entries int    `json:"entries"`
	Sum     uint32 `json:"crc32c"`
}

// place is where the manifest of those facts is.
func place(what, key, root string) (string, error) {
	dir := os.Getenv("STILLFIELD_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "stillfield")
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if key != "" {
		abs = "" // the names of a key say where they are
	}
	sum := sha256.Sum256([]byte(what + "\x00" + abs + "\x00" + key))
	return filepath.Join(dir, "manifests", hex.EncodeToString(sum[:16])+".jsonl"), nil
}

// load reads a manifest, by the first file of each entry. There is none where the file cannot be
// opened, which is told when it is to be written, or is not whole, which is told here.
func load[T any](path, what string) map[name]known[T] {
	f, _, err := bounded.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	old, err := read[T](f, what)
	if err != nil {
		trouble(fmt.Errorf("manifest: %s: %w: it is made anew", bounded.Name(path), err))
	}
	return old
}

// read reads a manifest of those facts.
func read[T any](r io.Reader, what string) (map[name]known[T], error) {
	in := bufio.NewScanner(io.LimitReader(r, largest))
	in.Buffer(nil, longest)
	old, crc, lines := map[name]known[T]{}, crc32.New(crc32.MakeTable(crc32.Castagnoli)), 0
	for in.Scan() {
		line := in.Bytes()
		if bytes.HasPrefix(line, []byte(`{"entries"`)) {
			var end trailer
			err := json.Unmarshal(line, &end)
			if want := (trailer{lines - 1, crc.Sum32()}); err != nil || end != want {
				return nil, fmt.Errorf("got the end %+v, want %+v", end, want)
			}
			return old, nil
		}
		crc.Write(line)
		crc.Write([]byte{'\n'})
		if lines++; lines == 1 {
			var h header
			if err := json.Unmarshal(line, &h); err != nil || h != (header{layout, what}) {
				return nil, fmt.Errorf("got the head %+v, want %+v", h, header{layout, what})
			}
			continue
		}
		var k known[T]
		if err := json.Unmarshal(line, &k); err != nil {
			return nil, fmt.Errorf("line %d: %w", lines, err)
		}
		if len(k.Names) == 0 || len(k.Stamps) != len(k.Names) {
			return nil, fmt.Errorf("line %d: got %d names and %d stamps", lines, len(k.Names), len(k.Stamps))
		}
		old[k.Names[0]] = k
	}
	return nil, fmt.Errorf("got %d whole lines and no end: %w", lines, cmp.Or(in.Err(), io.ErrUnexpectedEOF))
}

// save writes a manifest.
func save[T any](path, what string, all []known[T]) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return atomicfile.Replace(path, func(w io.Writer) error {
		crc := crc32.New(crc32.MakeTable(crc32.Castagnoli))
		b := bufio.NewWriter(w)
		lines := json.NewEncoder(io.MultiWriter(b, crc))
		err := lines.Encode(header{layout, what})
		for i := range all {
			err = errors.Join(err, lines.Encode(&all[i]))
		}
		end := json.NewEncoder(b).Encode(trailer{len(all), crc.Sum32()})
		return errors.Join(err, end, b.Flush())
	})
}
