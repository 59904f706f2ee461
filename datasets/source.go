package datasets

// A Source is a numbered collection of samples, all of one shape.
//
// Sources are immutable: Read may be called from any number of goroutines at
// once and sample i never changes.
type Source interface {
	// Info describes the collection. It costs nothing and never changes.
	Info() Info
	// Read writes sample i, 0 ≤ i < Info().Count, to dst, which must have
	// Info().Shape.Len() elements, in the order row, column, channel. It returns
	// the sample's class, or NoLabel where Info().Classes is 0.
	//
	// A wrong i or len(dst) is a mistake of the program and panics; an error is
	// one of the world, such as a file that cannot be decoded.
	Read(dst []float32, i int) (label int32, err error)
}

// NoLabel is the class of a sample in a source that has none.
const NoLabel int32 = -1

// Info describes a [Source].
type Info struct {
	Name    string  // as in the registry: "digits"
	Shape   Shape   // of one sample
	Count   int     // samples, at least 1
	Classes int     // labels are 0 … Classes−1; 0 if the samples have no labels
	Image   bool    // a sample is a picture, with rows and columns that mean something
	Lo, Hi  float32 // every value lies in [Lo, Hi]
	Levels  int     // values are one of so many, evenly apart from Lo to Hi; 0 for any number there
	// Decodes says that Read decodes a sample, or reads a file: a Loader has several goroutines do
	// it. To copy a sample from memory is not worth that.
	Decodes bool
	// Fingerprint identifies the data in the record of a run: "sha256:" and 64
	// hexadecimal digits. Equal fingerprints mean equal samples and labels in
	// equal order.
	Fingerprint string
	// Credit names who made the data and its licence, "" where nobody is owed it.
	Credit string
}

// A redrawer is a source whose samples are drawn from what it holds of each: Read gives one draw, and
// redraw another, by the normals of noise from a number on.
type redrawer interface {
	redraw(dst []float32, i int, noise stream, from uint64) (label int32, err error)
}

// drawnOf is the redrawer that src is, or is without its bad records; nil for none.
func drawnOf(src Source) redrawer {
	if p, passes := src.(*passing); passes {
		src = p.Source
	}
	r, _ := src.(redrawer)
	return r
}

// checkRead holds a call of Read to its contract.
func checkRead(info *Info, dst []float32, i int) {
	if len(dst) != info.Shape.Len() {
		panic("datasets: Read: dst is not as long as one sample")
	}
	if i < 0 || i >= info.Count {
		panic("datasets: Read: index outside the source")
	}
}
