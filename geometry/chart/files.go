package chart

import (
	"io"
	"os"
	"path/filepath"

	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/geometry"
)

// Files writes the pictures and tables of r to dir, and returns their paths. What is
// there is left alone unless fresh says that r is new.
func Files(dir string, r *geometry.Result, fresh bool) ([]string, error) {
	var paths []string
	put := func(name string, write func(io.Writer) error) error {
		path := filepath.Join(dir, name)
		paths = append(paths, path)
		if _, err := os.Stat(path); err == nil && !fresh {
			return nil
		}
		return atomicfile.Write(path, write)
	}
	for i := range r.Tables {
		if err := put(r.Tables[i].Name+".csv", r.Tables[i].WriteCSV); err != nil {
			return nil, err
		}
	}
	for _, p := range r.Plots {
		for _, format := range Formats {
			err := put(p.Name+"."+format, func(w io.Writer) error { return Write(w, p, format) })
			if err != nil {
				return nil, err
			}
		}
	}
	return paths, nil
}
