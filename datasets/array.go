package datasets

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets/manifest"
)

// array is a source whose samples are the rows of an array, read as they are asked for.
// Memory holds the labels and nothing else of them.
type array struct {
	info   Info
	file   *tensorFile
	rows   *tensor
	labels []int32
	planes bool // a row has one channel after the other
	// A value x becomes (2x − lo − hi)/(hi − lo), which maps [lo, hi] to [−1, 1]; itself where
	// both are 0.
	lo, hi float64
}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "array", Example: "array:path=data/mine.npz",
	About: "images or points in an .npy, .npz or safetensors file that stays on disk",
	Params: []choice.Param{
		{Name: "path", Default: "", About: "the file, its first index counting the samples"},
		{Name: "key", Default: "",
			About: "which array of the file; empty for a usual name, like x, images or arr_0"},
		{Name: "labels", Default: "", About: "the array of the classes, or another .npy file; empty for a " +
			"usual name, like y or labels; none for none"},
		{Name: "classes", Default: 0, About: "how many classes there are",
			In: choice.Between(0, 1<<20, "classes, 0 for those the labels show")},
		{Name: "layout", Default: "auto", In: choice.Words("auto", "nhwc", "nchw", "points"),
			About: "what the indices count: auto finds it from the shape"},
		{Name: "range", Default: []float64{}, In: choice.Where("[lo, hi] with lo < hi, or []", isRange),
			About: "[lo, hi] becomes [−1, 1]; empty for [0, 255] of bytes, and for others as they are"},
		split,
	},
	Make: Opener{
		Open:      func(v choice.Values) (Source, error) { return openArray(v) },
		Tested:    func(v choice.Values) bool { return hasArray(v, usualNames["test"].samples...) },
		Recognize: Recognizer{"an array of images or points", isArray},
	},
})

// isRange reports whether r is the two ends of an interval, or empty.
func isRange(r []float64) bool {
	return len(r) == 0 || len(r) == 2 && r[0] < r[1] && !math.IsInf(r[1]-r[0], 0)
}

// openArray opens the file and reads all of it once, to know that every value is finite and
// in which bounds they lie.
func openArray(v choice.Values) (Source, error) {
	path := v.Text("path")
	if path == "" {
		return nil, &choice.Fault{Path: "path", Got: "none", Want: "an .npy, .npz or safetensors file"}
	}
	file, err := openTensors(path)
	if err != nil {
		return nil, fmt.Errorf("datasets: array: %w", err)
	}
	a := &array{info: Info{Name: "array", Decodes: true}}
	if err = a.open(file, v); err != nil {
		file.Close()
		return nil, err
	}
	return a, nil
}

// open finds the arrays of samples and labels in the file.
func (a *array) open(file *tensorFile, v choice.Values) (err error) {
	fail := func(err error) error { return fmt.Errorf("datasets: array: %s: %w", file.name, err) }
	samples, labels, err := findArrays(file, v)
	if err != nil {
		return err
	}
	if a.rows, err = file.open(samples); err != nil {
		return fmt.Errorf("datasets: array: %w", err)
	}
	if a.info.Count = a.rows.rows(); a.info.Count < 1 || a.rows.width() < 1 {
		return fail(fmt.Errorf("got shape %d, want at least one sample of one value", a.rows.shape))
	}
	l, err := layoutOf(a.rows.shape, v.Text("layout"))
	if err != nil {
		return fail(err)
	}
	a.info.Shape, a.info.Image, a.planes = l.shape, l.image, l.planes
	a.setRange(v)
	if err := a.readLabels(file, labels, v.Int("classes")); err != nil {
		return fail(err)
	}
	a.file = file
	const version = 1 // one more whenever scan gives something else
	what := fmt.Sprintf("array %d, %s, range [%v, %v]", version, samples, a.lo, a.hi)
	all, err := manifest.Of(what, file.paths(), a.scan)
	if err != nil {
		return fail(err)
	}
	a.info.Lo, a.info.Hi, a.info.Fingerprint = all.Lo, all.Hi, a.fingerprint(all.Sum)
	return nil
}

// setRange takes the range that is said, or that of bytes.
func (a *array) setRange(v choice.Values) {
	levels := a.rows.levels()
	said := choice.Of[[]float64](v, "range")
	switch {
	case len(said) == 2:
		a.lo, a.hi = said[0], said[1]
		if levels > 0 && a.lo == math.Trunc(a.lo) && a.hi == math.Trunc(a.hi) {
			levels = int(a.hi-a.lo) + 1
		} else {
			levels = 0
		}
	case levels > 0:
		a.hi = float64(levels - 1)
	}
	a.info.Levels = levels
}

// readLabels reads the classes, from this file or from another; "" for none.
func (a *array) readLabels(file *tensorFile, labels string, classes int) error {
	if labels == "" {
		return nil
	}
	t, err := file.array(labels)
	if err != nil {
		return fmt.Errorf("labels: %w", err)
	}
	a.labels, a.info.Classes, err = readLabels(t, a.info.Count, classes)
	if err != nil {
		return fmt.Errorf("%s: %w; labels=none takes the samples without", file.name, err)
	}
	return nil
}

// arraySeen is what a reading of every row gave.
type arraySeen struct {
	Lo, Hi float32 // of what Read gives
	Sum    digest  // of the values in the file
}

// scan reads every row.
func (a *array) scan() (all arraySeen, err error) {
	h, n := sha256.New(), a.info.Shape.Len()
	lo, hi := float32(math.Inf(1)), float32(math.Inf(-1))
	some := make([]float32, n*min(max(1<<18/n, 1), a.info.Count)) // 1 MiB of rows, or one row
	for i := 0; i < a.info.Count; i += len(some) / n {
		some = some[:min(len(some), n*(a.info.Count-i))]
		if err := a.rows.read(some, i*n); err != nil {
			return all, err
		}
		for k, x := range some {
			if x-x != 0 {
				return all, fmt.Errorf("row %d: value %d is %v, want a finite number", i+k/n, k%n, x)
			}
			if a.lo < a.hi && (float64(x) < a.lo || float64(x) > a.hi) {
				return all, fmt.Errorf("row %d: value %d is %v, want it in the range [%v, %v]", i+k/n, k%n, x,
					a.lo, a.hi)
			}
			lo, hi = min(lo, x), max(hi, x)
		}
		if err := binary.Write(h, binary.LittleEndian, some); err != nil {
			return all, err
		}
	}
	if lo == hi {
		return all, fmt.Errorf("every value is %v, want two that differ", lo)
	}
	if a.lo < a.hi {
		lo, hi = -1, 1
	}
	all.Lo, all.Hi = lo, hi
	h.Sum(all.Sum[:0])
	return all, nil
}

// fingerprint is the SHA-256 of what the values mean, of these, and of the class of each row.
func (a *array) fingerprint(values digest) string {
	h := sha256.New()
	numbers(h, float64(a.info.Count), float64(a.info.Classes), float64(a.info.Shape.H),
		float64(a.info.Shape.W), float64(a.info.Shape.C), a.lo, a.hi)
	h.Write(values[:])
	for _, k := range a.labels {
		numbers(h, float64(k))
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

func (a *array) Info() Info { return a.info }

// Read reads one row of the file, some microseconds from memory that the system keeps of it.
func (a *array) Read(dst []float32, i int) (int32, error) {
	checkRead(&a.info, dst, i)
	row, n := dst, len(dst)
	if a.planes {
		row = make([]float32, n)
	}
	if err := cmp.Or(a.rows.read(row, i*n), a.file.changed()); err != nil {
		return NoLabel, fmt.Errorf("datasets: array: %w", err)
	}
	if a.planes {
		channelsLast(dst, row, a.info.Shape.C)
	}
	if a.lo < a.hi {
		for k, x := range dst {
			dst[k] = float32((2*float64(x) - a.lo - a.hi) / (a.hi - a.lo))
		}
	}
	if a.labels == nil {
		return NoLabel, nil
	}
	return a.labels[i], nil
}

// channelsLast copies c planes, one after the other, into the order row, column, channel.
func channelsLast(dst, planes []float32, c int) {
	plane := len(dst) / c
	for k := range planes {
		dst[k%plane*c+k/plane] = planes[k]
	}
}
