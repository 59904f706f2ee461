package datasets

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/gunzip"
	"github.com/stillfield/stillfield/format/spill"
)

// A tarShard is an open tar file, or what a compressed one becomes.
type tarShard struct {
	io.ReaderAt
	io.Closer
	watched
	size   int64
	copied bool // what was packed is unpacked: the file may change
}

const (
	zstdMagic = "\x28\xb5\x2f\xfd"
	// mostUnpacked bounds what a compressed tar file becomes in the directory for temporary files.
	mostUnpacked = 1 << 36
)

// openTarShard opens a file. One that is compressed is unpacked to a temporary file first.
func openTarShard(path string) (tarShard, error) {
	watched, err := watch(path)
	if err != nil {
		return tarShard{}, err
	}
	f, size, err := bounded.Open(path)
	if err != nil {
		return tarShard{}, err
	}
	begin, err := head(f, make([]byte, 4))
	var in io.Reader
	switch zip := gunzip.Zipped(begin); {
	case err != nil:
	case zip:
		if _, err = f.Seek(0, io.SeekStart); err == nil {
			in, err = gunzip.NewReader(f)
		}
	case string(begin) == zstdMagic:
		if _, err = f.Seek(0, io.SeekStart); err == nil {
			var z *zstd.Decoder
			z, err = zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
			if err == nil {
				defer z.Close()
				in = z
			}
		}
	default:
		return tarShard{f, f, watched, size, false}, nil
	}
	defer f.Close()
	var unpacked *spill.File
	if err == nil {
		unpacked, err = spill.New(in, mostUnpacked)
	}
	if err != nil {
		return tarShard{}, fmt.Errorf("%s: %w; tar files that are not compressed are read in place",
			bounded.Name(path), err)
	}
	return tarShard{unpacked, unpacked, watched, unpacked.Size, true}, nil
}

// A tarReader is read in order and knows where it is.
type tarReader struct {
	io.SectionReader
}

func (r *tarReader) at() int64 {
	n, _ := r.Seek(0, io.SeekCurrent) // it cannot fail
	return n
}

// list calls f for each sample with a picture, in order, and counts the members without.
func (s *tarShard) list(f func(tarSample) error) (others int, err error) {
	r := &tarReader{*io.NewSectionReader(s, 0, s.size)}
	t := tar.NewReader(r)
	sample := &tarGroup{}
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return others, fmt.Errorf("after byte %d: %w", r.at(), err)
		}
		key, ext := splitMember(h.Name)
		if !usable(h) || strings.HasPrefix(path.Base(h.Name), ".") {
			others++
			continue
		}
		if key != sample.key {
			if err := sample.end(f); err != nil {
				return others, err
			}
			sample = &tarGroup{key: key, picture: tarSample{class: NoLabel}}
		}
		used, err := sample.add(h, ext, t, r.at(), s.size)
		if err != nil {
			return others, fmt.Errorf("%s: %w", bounded.Name(h.Name), err)
		}
		if !used {
			others++
		}
	}
	if err := s.ends(); err != nil {
		return others, err
	}
	return others, sample.end(f)
}

// ends reports a file that is cut between two members: one that is whole ends in blocks of zeros.
func (s *tarShard) ends() error {
	const block = 512
	last := make([]byte, block)
	if _, err := s.ReadAt(last, max(s.size-block, 0)); err != nil && err != io.EOF {
		return err
	}
	if s.size%block != 0 || s.size == 0 || len(bytes.Trim(last, "\x00")) > 0 {
		return fmt.Errorf("file truncated: got %d bytes, want blocks of %d that end in zeros", s.size, block)
	}
	return nil
}

// splitMember cuts the name of a member at the first dot of its last part.
func splitMember(name string) (key, ext string) {
	dir, base := path.Split(name)
	base, ext, _ = strings.Cut(base, ".")
	return dir + base, strings.ToLower(ext)
}

// tarPictures are the extensions of pictures.
var tarPictures = []string{"jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "img"}

// A tarGroup gathers the members of one sample.
type tarGroup struct {
	key     string
	picture tarSample
	there   bool
}

// end hands the sample over if it has a picture.
func (g *tarGroup) end(f func(tarSample) error) error {
	if !g.there {
		return nil
	}
	return f(g.picture)
}

// add takes up a member whose content begins at a byte, and reports whether it is of use.
func (g *tarGroup) add(h *tar.Header, ext string, content io.Reader, at, size int64) (used bool, err error) {
	last := ext[strings.LastIndex(ext, ".")+1:]
	switch {
	case slices.Contains(tarPictures, last):
		if g.there {
			return false, fmt.Errorf("got a second picture of the sample %s, want one: the first is %s",
				bounded.Quote(g.key), bounded.Name(g.picture.name))
		}
		if err := stored(h); err != nil {
			return false, err
		}
		if h.Size > mostMember || h.Size > size-at {
			return false, fmt.Errorf("got %d bytes, want at most %d, and within the file", h.Size, mostMember)
		}
		g.there = true
		g.picture.at, g.picture.size, g.picture.name = at, int32(h.Size), h.Name
	case last == "cls":
		if err := stored(h); err != nil {
			return false, err
		}
		text, err := io.ReadAll(io.LimitReader(content, 32))
		if err != nil {
			return false, err
		}
		k, err := strconv.Atoi(strings.TrimSpace(string(text)))
		return true, g.setClass(float64(k), err)
	case last == "json":
		if err := stored(h); err != nil {
			return false, err
		}
		return g.addJSON(content)
	default:
		return false, nil
	}
	return true, nil
}

// usable reports whether a member is a file, or what stands for one: a link, or a file with holes.
func usable(h *tar.Header) bool {
	return slices.Contains([]byte{tar.TypeReg, tar.TypeLink, tar.TypeSymlink, tar.TypeGNUSparse}, h.Typeflag)
}

// stored reports a file that is not in the file whole, in one piece.
func stored(h *tar.Header) error {
	switch {
	case h.Typeflag == tar.TypeLink, h.Typeflag == tar.TypeSymlink:
		return fmt.Errorf("got a link to %s, want the file itself, as tar --dereference --hard-dereference "+
			"stores it", bounded.Name(h.Linkname))
	case sparse(h):
		return errors.New("got a sparse member, want one that is stored whole, as tar without --sparse does")
	}
	return nil
}

// sparse reports whether a member is stored with holes, which GNU tar says in three ways.
func sparse(h *tar.Header) bool {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

// addJSON takes the class from a number under label; another JSON is of no use.
func (g *tarGroup) addJSON(content io.Reader) (used bool, err error) {
	const most = 1 << 20
	text, err := io.ReadAll(io.LimitReader(content, most))
	if err != nil {
		return false, err
	}
	var meta struct {
		Label any `json:"label"`
	}
	err = json.NewDecoder(bytes.NewReader(text)).Decode(&meta)
	k, number := meta.Label.(float64)
	if err != nil || !number {
		return false, nil
	}
	return true, g.setClass(k, nil)
}

// setClass is for one class, said once or twice alike.
func (g *tarGroup) setClass(k float64, err error) error {
	const most = 1 << 20
	if err != nil || k < 0 || k >= most || k != float64(int32(k)) {
		return fmt.Errorf("class: got another text, or %v, want a whole number from 0 to %d", k, most-1)
	}
	if was := g.picture.class; was != NoLabel && was != int32(k) {
		return fmt.Errorf("class: got %v, but %d before", k, was)
	}
	g.picture.class = int32(k)
	return nil
}
