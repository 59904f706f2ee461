package features

import (
	"context"

	"github.com/stillfield/stillfield/choice"
)

var _ = Extractors.Add(choice.Entry[Opener]{
	Name: "pixels", Example: "pixels",
	About: "the values of a point themselves: for points and small images",
	Make: Opener{Open: func(_ context.Context, _ choice.Values, on On) (Extractor, error) {
		return pixels{on.Points.Shape.Len()}, nil
	}},
})

// pixels is the identity on points of dim values.
type pixels struct{ dim int }

func (p pixels) Info() Info { return Info{Name: "pixels", Hash: hashOf("pixels"), Dim: p.dim} }

func (p pixels) Extract(ctx context.Context, dst, x []float32) error {
	_, err := checkExtract(ctx, dst, x, p.dim, p.dim)
	copy(dst, x)
	return err
}

func (pixels) Close() error { return nil }
