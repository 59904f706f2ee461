package eval

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/sample"
)

// named is the source of data that text names; false for none.
func named(text string) (choice.Choice, bool) {
	c, err := choice.Parse(text)
	_, known := datasets.Sources.Find(c.Kind)
	return c, err == nil && known
}

// OpenGiven reads all of the data at path, or that it names, as points to be held to a: pictures
// of another size are resized to that of a, where their source does so.
func OpenGiven(path string, a *Against) (*Subject, error) {
	c, err := datasets.Recognize(path, "")
	if err != nil {
		var ok bool
		if c, ok = named(path); !ok {
			return nil, fmt.Errorf("eval: %w", err)
		}
	}
	shape := a.Info().Shape
	given, err := openLike(c, [3]int{shape.H, shape.W, shape.C})
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	x, labels, err := given.points(0)
	if err != nil {
		return nil, err
	}
	info, ref := given.Info(), given.reference()
	s := &Subject{Path: path, drawn: &sample.Result{Dim: info.Shape.Len(), X: x}, shape: ref.Shape,
		given: &ref, resized: given.Resized, scale: otherScale(x, a.Info())}
	if info.Classes > 0 && info.Classes == a.Info().Classes {
		s.labels = labels
	}
	return s, numbers(path, s.drawn)
}

// otherScale says of images x whose values are hardly those of images like the data, for they fill
// more than twice their range or only its upper half, that they may be on another scale; "" else.
func otherScale(x []float32, data datasets.Info) string {
	lo, hi := slices.Min(x), slices.Max(x)
	if !data.Image || lo < (data.Lo+data.Hi)/2 && hi-lo <= 2*(data.Hi-data.Lo) {
		return ""
	}
	return fmt.Sprintf("values lie in [%.4g, %.4g], those of %s in [%.4g, %.4g]: of another scale, "+
		"array:path=FILE,range=[%.4g,%.4g] is judged on this", lo, hi, data.Name, data.Lo, data.Hi, lo, hi)
}

// OpenAgainstLike opens the data that c names to hold points of a shape to. Where they are not of
// that shape, and their source resizes pictures unless told a size, they are resized to it.
func OpenAgainstLike(c choice.Choice, point []int) (*Against, error) {
	a, err := openLike(c, shapeOf(point))
	return a, against(err)
}

// openLike opens the data that c names, at a size where that alone makes them of that shape.
func openLike(c choice.Choice, shape [3]int) (*Against, error) {
	src, err := datasets.Open(c)
	if err == nil && shapeOf(src.Info().Shape.Point()) == shape || shape[0] != shape[1] || shape[0] < 2 {
		return &Against{Source: src, Data: c}, err
	}
	e, full, faults := datasets.Sources.Resolve("", c, nil)
	if len(faults) > 0 || !e.Make.Resizes || full.Params.Int("size") > 0 {
		return &Against{Source: src, Data: c}, err
	}
	like := c.Clone()
	if like.Params == nil {
		like.Params = choice.Values{}
	}
	like.Params["size"] = shape[0]
	if shape[2] == 3 { // a grey picture is one in colour too
		like.Params["channels"] = 3
	}
	resized, fault := datasets.Open(like)
	if fault != nil {
		return &Against{Source: src, Data: c}, err
	}
	return &Against{resized, like, fmt.Sprintf("pictures were resized to %d×%d", shape[0], shape[1])}, nil
}

// reference describes the data.
func (a *Against) reference() Reference {
	info := a.Info()
	return Reference{Data: datasets.Sources.Brief(a.Data).String(), Fingerprint: info.Fingerprint,
		Count: info.Count, Shape: []int{info.Shape.H, info.Shape.W, info.Shape.C}}
}
