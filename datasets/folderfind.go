package datasets

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/raster"
)

// isFolder recognises a directory by the pictures among its first names, and gives it a size from
// their headers, if they want one: pictures of one size, of at most 64×64 and of sides that are
// multiples of 4, stay as they are. Others are resized to the median of their short sides, rounded to
// a multiple of 8, at least 16 and at most 64.
func isFolder(f Found) (choice.Values, bool) {
	const (
		mostNames    = 1000 // that are looked at
		mostPictures = 100
		large        = 64
	)
	if !f.Dir {
		return nil, false
	}
	looked, pictures := 0, 0
	var sides []int
	var one raster.Header
	same := true
	filepath.WalkDir(f.Path, func(path string, d fs.DirEntry, err error) error {
		looked++
		switch {
		case looked > mostNames || len(sides) == mostPictures:
			return fs.SkipAll
		case err != nil: // what cannot be read is told by whoever opens the folder
		case path != f.Path && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && isPicture(path):
			pictures++
			h, ok := beginning(path)
			if !ok {
				return nil
			}
			if len(sides) == 0 {
				one = h
			}
			same = same && h.H == one.H && h.W == one.W
			sides = append(sides, min(h.H, h.W))
		}
		return nil
	})
	if len(sides) == 0 || same && max(one.H, one.W) <= large && one.H%4 == 0 && one.W%4 == 0 {
		return nil, pictures > 0
	}
	slices.Sort(sides)
	side := (sides[len(sides)/2] + 4) / 8 * 8
	return choice.Values{"size": min(max(side, 16), large)}, true
}

// beginning is the header of a picture, if its first 256 KiB have it.
func beginning(path string) (raster.Header, bool) {
	f, _, err := bounded.Open(path)
	if err != nil {
		return raster.Header{}, false
	}
	defer f.Close()
	b, err := head(f, make([]byte, 256<<10))
	if err != nil {
		return raster.Header{}, false
	}
	h, err := raster.Inspect(b)
	return h, err == nil
}
