package cmd

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/sample"
)

// backdrop has a plot of samples show data beside them, in gray, and the plane that these
// lie in, where they are points that are drawn by a law; there is none for others, whose files may
// be elsewhere by now.
func backdrop(opt *sample.Output, data choice.Choice) error {
	const most = 4096 // points
	src, ok, err := datasets.OpenDrawn(data, most)
	if err != nil || !ok {
		return err
	}
	basis, info := src.Basis(), src.Info()
	opt.Projection = (*[2][]float64)(basis)
	dim := info.Shape.Len()
	n := min(info.Count, max(1, 1<<22/dim)) // 16 MiB of them
	opt.Behind = make([]float32, n*dim)
	for i := range n {
		if _, err := src.Read(opt.Behind[i*dim:(i+1)*dim], i); err != nil {
			return fmt.Errorf("samples: the data behind them: %w", err)
		}
	}
	return nil
}
