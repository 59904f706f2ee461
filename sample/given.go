package sample

import (
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/picture"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/plan"
)

// Given is points that samples start from, or keep a part of. Sample i has point i, or i
// modulo how many there are, and noise of its own.
type Given struct {
	Points []float32 // one after another
	// Free is nil, or has for each coordinate of a point, or of each point, whether it is
	// drawn; the others are known and come back as they are.
	Free []bool
}

var strength = choice.Param{Name: "strength", Default: 1.,
	About: "of the points that are given: the share of the way that is gone; 1 starts from noise alone, 0" +
		" leaves them; a clock takes the last of its steps, a descent all from strength × start",
	In: choice.Where("a number in [0, 1]", func(v float64) bool { return 0 <= v && v <= 1 })}

// fits reports a Given that is not for points of dim coordinates.
func (g *Given) fits(dim int) error {
	n := len(g.Points)
	if n == 0 || n%dim != 0 {
		return fmt.Errorf("given: got %d numbers, want points of %d", n, dim)
	}
	if g.Free != nil && len(g.Free) != dim && len(g.Free) != n {
		return fmt.Errorf("given: mask: got %d coordinates, want the %d of a point, or %d", len(g.Free), dim,
			n)
	}
	for i, v := range g.Points {
		if !finite(float64(v)) {
			return fmt.Errorf("given: point %d has coordinate %d = %v: %w", i/dim, i%dim, v, ErrNotFinite)
		}
	}
	return nil
}

// of is the point of sample i.
func (g *Given) of(i, dim int) []float32 {
	k := i % (len(g.Points) / dim)
	return g.Points[k*dim : (k+1)*dim]
}

// free is which coordinates of sample i are drawn.
func (g *Given) free(i, dim int) []bool {
	if len(g.Free) == dim {
		return g.Free
	}
	k := i % (len(g.Points) / dim)
	return g.Free[k*dim : (k+1)*dim]
}

// Fingerprint tells Givens apart.
func (g *Given) Fingerprint() string {
	h := fnv.New64a()
	for _, v := range g.Points {
		b := math.Float32bits(v)
		h.Write([]byte{byte(b), byte(b >> 8), byte(b >> 16), byte(b >> 24)})
	}
	for _, free := range g.Free {
		h.Write([]byte{map[bool]byte{true: 1}[free]})
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// shorten makes a recipe of the part of the way that s.Strength leaves, and c's start:
//
//	u = a(t) x + b(t) ε,   t where the part begins
//
// With a clock that is the last ⌈strength·steps⌉ steps of the grid. A descent, which has no
// time to be told, starts at t = strength·start and takes all its updates. Strength 1 is
// b(start)ε, as without points; strength 0 asks the field once and goes nowhere.
func (c *course) shorten(r *Recipe, p *field.Process) {
	s := c.spec
	if s.Given == nil || s.Strength == 1 {
		return
	}
	if r.Times != nil {
		left := min(int(math.Ceil(s.Strength*float64(s.Steps)-1e-9)), s.Steps)
		r.Times = r.Times[s.Steps-left:]
		r.Start, r.Steps = r.Times[0], left
	} else {
		r.Start = s.Strength * s.Start
	}
	c.keep, c.scale = p.Schedule.A.Eval(r.Start), p.Schedule.B.Eval(r.Start)
	if s.Strength == 0 {
		c.keep, c.scale = 1, 0
	}
}

// ReadPoints reads points of that shape from a PNG, a .npy or .safetensors file, or a
// directory: one of samples, or of PNGs, in the order of their names. Unsigned bytes are [Pixels].
func ReadPoints(path string, point []int) ([]float32, error) {
	a, err := readArray(path, point)
	if err == nil && !fitsShape(a.Shape, point) {
		err = fmt.Errorf("%s: got shape %v, want %v, or several of it", path, a.Shape, point)
	}
	if err != nil {
		return nil, fmt.Errorf("sample: ReadPoints: %w", err)
	}
	if a.Bytes {
		Pixels(a.Data)
	}
	return a.Data, nil
}

// fitsShape reports whether shape is that of a point, or of several.
func fitsShape(shape, point []int) bool {
	return slices.Equal(shape, point) || len(shape) == len(point)+1 && slices.Equal(shape[1:], point)
}

// ReadMask reads what ReadPoints does as a mask: white, and in an array what is above 0.5, is
// free and drawn; black is known. Of images it may have one channel for all. An array of bytes may say
// so with 0 and 1, or with 0 and 255.
func ReadMask(path string, point []int) ([]bool, error) {
	one, spread := point, 1
	if len(point) == 3 {
		one, spread = []int{point[0], point[1], 1}, point[2]
	}
	a, err := readArray(path, one)
	middle := float32(0.5)
	if filepath.Ext(path) == ".png" || isPictures(path) {
		middle = 0
	}
	switch {
	case err != nil:
	case fitsShape(a.Shape, one), len(point) == 3 && fitsShape(a.Shape, point[:2]):
	case fitsShape(a.Shape, point):
		spread = 1
	default:
		err = fmt.Errorf("%s: got shape %v, want that of a point, %v, or of its rows and columns", path,
			a.Shape, point)
	}
	if err != nil {
		return nil, fmt.Errorf("sample: ReadMask: %w", err)
	}
	free := make([]bool, 0, len(a.Data)*spread)
	for i, v := range a.Data {
		if !finite(float64(v)) {
			return nil, fmt.Errorf("sample: ReadMask: %s: element %d = %v: %w", path, i, v, ErrNotFinite)
		}
		for range spread {
			free = append(free, v > middle)
		}
	}
	return free, nil
}

// readArray reads an array from path, a picture with point's extents.
func readArray(path string, point []int) (*npy.Array, error) {
	if pictures := picturesIn(path); len(pictures) > 0 {
		if len(point) != 3 {
			return nil, fmt.Errorf("%s: got pictures, want an array: points of shape %v have none", path,
				point)
		}
		a := &npy.Array{Shape: append([]int{len(pictures)}, point...)}
		for _, name := range pictures {
			one, err := picture.ReadPNG(name, point[0], point[1], point[2])
			if err != nil {
				return nil, err
			}
			a.Data = append(a.Data, one...)
		}
		return a, nil
	}
	if suffix(path) == ".npy" {
		return npy.ReadFile(path)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() && !Is(path) {
		return nil, fmt.Errorf("%s: got a directory with no samples and no picture, want one with "+
			"samples.safetensors or with .png files", path)
	}
	f, err := safetensors.Open(arraysAt(path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	name := "samples"
	if all := f.Tensors(); len(all) == 1 {
		name = all[0].Name
	}
	t, ok := f.Tensor(name)
	if !ok || plan.Size(t.Shape) == 0 {
		return nil, fmt.Errorf("%s: got no tensor samples, want it, or one tensor alone", path)
	}
	x, err := f.Float32(name)
	return &npy.Array{Shape: t.Shape, Data: x, Bytes: t.DType == safetensors.U8}, err
}

// Pixels makes coordinates of unsigned bytes, as images of data have them: [0, 255] becomes [−1, 1].
func Pixels(x []float32) {
	for i, v := range x {
		x[i] = float32((2*float64(v) - 255) / 255)
	}
}

// isPictures reports whether path is read as pictures.
func isPictures(path string) bool { return len(picturesIn(path)) > 0 }

// picturesIn is path itself where it is a PNG, and the PNGs in it where it is a directory
// that is no directory of samples.
func picturesIn(path string) []string {
	if suffix(path) == ".png" {
		return []string{path}
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() || Is(path) {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(path, "*.png"))
	if err != nil {
		return nil
	}
	return names
}
