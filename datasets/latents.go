package datasets

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"math"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets/manifest"
	"github.com/stillfield/stillfield/format/bounded"
)

// The arrays that a file of latents may have, [n, channels, side, side] as PyTorch has
// them.
const (
	latentMeans   = "latents" // what the encoder made, or the mean of it
	latentMoments = "moments" // mean and logarithm of the variance, twice the channels
	latentImages  = "images"  // pixels
	latentMirror  = "_flip"   // ends the name of a tensor of as many mirrored images
	latentLabels  = "labels"  // [n] classes
)

// latents is a source whose samples are rows of an array in a file, read as they are asked
// for:
//
//	x = scale·(z − shift),   z = mean + exp(½ log variance)·ε for moments
//
// ε is standard normal: sample i's own where it is read, so that a sample never changes, and a new
// one whenever a run comes to it, a function of the run's seed and the sample's number. Where the file
// has mirrored images too, they are samples n to 2n−1. Latents cannot be mirrored as images
// are: an encoder does not make of a mirrored image the mirrored latent.
type latents struct {
	info         Info
	file         *tensorFile
	tensors      []*tensor // of rows each: the images', and their mirrors'
	rows         int
	labels       []int32
	moments      bool
	shift, scale float64
	noise        stream
}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "latents", Example: "latents:path=data/mine.safetensors",
	About: "what an autoencoder made of images, or large images, in a safetensors, .npz or .npy file that " +
		"stays on disk",
	Params: []choice.Param{
		{Name: "path", Default: "",
			About: "the file, with an array [n, channels, side, side] and, but for .npy, labels [n]"},
		{Name: "tensor", Default: latentMeans,
			In:    choice.Words(latentMeans, latentMoments, latentImages),
			About: "the array's name and meaning; moments are means and log variances, to be drawn from"},
		{Name: "labels", Default: latentLabels, About: "the array of the classes, or an .npy file of them"},
		{
			Name:    "mirrored",
			Default: "",
			About: "the array of as many mirrored images, or an .npy file of it; " +
				"empty for the one whose name ends in _flip, where there is one",
		},
		{Name: "side", Default: 32, In: choice.Between(1, 1<<12, "values"),
			About: "rows and columns of a sample"},
		{Name: "channels", Default: 4, In: choice.Between(1, 1<<12, "channels"),
			About: "channels of a sample"},
		{Name: "classes", Default: 1000, In: choice.Between(0, 1<<20, "classes, 0 where there are no labels"),
			About: "classes of the labels"},
		{Name: "shift", Default: 0., In: choice.AnyNumber, About: "what is subtracted from every value"},
		{Name: "scale", Default: .18215, In: choice.Positive,
			About: "what a value is multiplied by then: 0.18215 gives Stable Diffusion's a variance of 1"},
	},
	Make: Opener{
		Open:      func(v choice.Values) (Source, error) { return openLatents(v) },
		Known:     latentsInfo,
		Recognize: Recognizer{"an archive with an array latents or moments", isLatents},
	},
})

// latentsInfo is what v says of the samples.
func latentsInfo(v choice.Values) Info {
	side := v.Int("side")
	return Info{Name: "latents", Shape: Shape{side, side, v.Int("channels")}, Classes: v.Int("classes"),
		Image: v.Text("tensor") == latentImages}
}

// openLatents opens the file and reads all of it once, to know that every value is finite.
func openLatents(v choice.Values) (Source, error) {
	path := v.Text("path")
	if path == "" {
		return nil, &choice.Fault{
			Path: "path",
			Got:  "none",
			Want: "a safetensors, .npz or .npy file with an " +
				"array " + v.Text("tensor"),
		}
	}
	file, err := openTensors(path)
	if err != nil {
		return nil, fmt.Errorf("datasets: latents: %w", err)
	}
	l := &latents{info: latentsInfo(v), file: file, moments: v.Text("tensor") == latentMoments,
		shift: v.Float("shift"), scale: v.Float("scale"), noise: newStream(0, forLatents)}
	if err = l.open(file, v); err == nil {
		err = l.look(v)
	}
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("datasets: latents: %s: %w", file.name, err)
	}
	return l, nil
}

// width is how many values a row of the file has.
func (l *latents) width() int {
	if l.moments {
		return 2 * l.info.Shape.Len()
	}
	return l.info.Shape.Len()
}

// open holds the arrays to what is said of them, and reads the labels.
func (l *latents) open(file *tensorFile, v choice.Values) error {
	names := []string{v.Text("tensor")}
	if file.only() {
		names[0] = ""
	}
	if mirrored := v.Text("mirrored"); mirrored != "" {
		names = append(names, mirrored)
	} else if name := names[0] + latentMirror; file.has(name) {
		names = append(names, name)
	}
	s := l.info.Shape
	channels := l.width() / (s.H * s.W)
	for k, name := range names {
		if !file.has(name) && k == 0 {
			return file.missing("array " + name)
		}
		t, err := file.array(name)
		if err != nil {
			return err
		}
		rows := "n"
		if k > 0 {
			rows = fmt.Sprint(l.rows)
		} else {
			l.rows = t.rows()
		}
		if want := []int{l.rows, channels, s.H, s.W}; l.rows < 1 || !slices.Equal(t.shape, want) {
			return fmt.Errorf("array %s: got shape %d, want [%s %d %d %d]", bounded.Name(name), t.shape, rows,
				channels, s.H, s.W)
		}
		l.tensors = append(l.tensors, t)
	}
	l.info.Count = l.rows * len(l.tensors)
	if l.info.Classes == 0 {
		return nil
	}
	labels := v.Text("labels")
	if !file.has(labels) && !strings.HasSuffix(labels, ".npy") {
		return fmt.Errorf("%w, or classes 0", file.missing("array "+bounded.Quote(labels)+" of classes"))
	}
	t, err := file.array(labels)
	if err == nil {
		l.labels, _, err = readLabels(t, l.rows, l.info.Classes)
	}
	return err
}

// latentsSeen is what a reading of every row gave.
type latentsSeen struct {
	Lo, Hi    float64 // of the means
	Deviation float64 // the largest
	Sum       digest  // of the values in the file
}

// look reads every row, or the manifest of that, for the fingerprint and for the bounds of what Read
// gives.
func (l *latents) look(v choice.Values) error {
	const version = 1 // one more whenever scan gives something else
	what := fmt.Sprintf("latents %d, %s, mirrored %s, %v", version, v.Text("tensor"), v.Text("mirrored"),
		l.info.Shape)
	all, err := manifest.Of(what, l.file.paths(), l.scan)
	if err != nil {
		return err
	}
	const furthest = 9 // no draw of a stream is as far from 0: √(2·53·ln 2) = 8.6
	l.info.Lo = float32((all.Lo-furthest*all.Deviation-l.shift)*l.scale) - 1e-6
	l.info.Hi = float32((all.Hi+furthest*all.Deviation-l.shift)*l.scale) + 1e-6
	h := sha256.New()
	numbers(h, float64(l.info.Count), float64(l.info.Classes), l.shift, l.scale)
	h.Write(all.Sum[:])
	for _, k := range l.labels {
		numbers(h, float64(k))
	}
	l.info.Fingerprint = "sha256:" + hex.EncodeToString(h.Sum(nil))
	return nil
}

// scan reads every row.
func (l *latents) scan() (all latentsSeen, err error) {
	h, row, n := sha256.New(), make([]float32, l.width()), l.info.Shape.Len()
	all = latentsSeen{Lo: math.Inf(1), Hi: math.Inf(-1)}
	for i := range l.info.Count {
		if err := l.row(row, i); err != nil {
			return all, err
		}
		for k, x := range row {
			if x-x != 0 {
				return all, fmt.Errorf("row %d: value %d is %v, want a finite number", i, k, x)
			}
			if k >= n {
				all.Deviation = max(all.Deviation, deviation(x))
				continue
			}
			all.Lo, all.Hi = min(all.Lo, float64(x)), max(all.Hi, float64(x))
		}
		if err := binary.Write(h, binary.LittleEndian, row); err != nil {
			return all, err
		}
	}
	h.Sum(all.Sum[:0])
	return all, nil
}

// numbers adds numbers to what is hashed.
func numbers(h hash.Hash, xs ...float64) {
	for _, x := range xs {
		h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(x)))
	}
}

// deviation is exp(½ log variance), the logarithm cut to [−30, 20] as the encoder's own code
// cuts it.
func deviation(logVariance float32) float64 {
	return math.Exp(.5 * min(max(float64(logVariance), -30), 20))
}

// row reads row i as the file has it.
func (l *latents) row(dst []float32, i int) error {
	return l.tensors[i/l.rows].read(dst, i%l.rows*len(dst))
}

func (l *latents) Info() Info { return l.info }

// Read reads one row of the file and draws from it.
func (l *latents) Read(dst []float32, i int) (int32, error) {
	checkRead(&l.info, dst, i)
	return l.redraw(dst, i, l.noise, uint64(i)*uint64(len(dst)))
}

// redraw is Read with the draws of a stream from one of its numbers on.
func (l *latents) redraw(dst []float32, i int, noise stream, from uint64) (int32, error) {
	row := make([]float32, l.width())
	if err := cmp.Or(l.row(row, i), l.file.changed()); err != nil {
		return NoLabel, fmt.Errorf("datasets: latents: %w", err)
	}
	n, c := len(dst), l.info.Shape.C
	plane := n / c
	for k := range n {
		x := float64(row[k])
		if l.moments {
			eps, _ := noise.normals(from + uint64(k))
			x += deviation(row[n+k]) * eps
		}
		dst[k%plane*c+k/plane] = float32((x - l.shift) * l.scale)
	}
	if l.labels == nil {
		return NoLabel, nil
	}
	return l.labels[i%l.rows], nil
}
