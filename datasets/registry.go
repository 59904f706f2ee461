package datasets

import (
	"fmt"

	"github.com/stillfield/stillfield/choice"
)

// Opener is how a source of data is opened, with the parameters of its entry.
type Opener struct {
	Open func(v choice.Values) (Source, error)
	// Known is the name, the shape and the classes of the samples, and whether they are
	// images, where that depends on the parameters alone; nil where it takes the files.
	Known func(v choice.Values) Info
	// Recognize is how [Recognize] knows what the source reads; zero where the content of a
	// path does not tell it.
	Recognize Recognizer
	// Drawn says that the samples are points drawn by a law, [Planar], and that of more of
	// them the first are the same.
	Drawn bool
	// Tested reports whether there is a test set, where the parameter split is one that files
	// may not have; nil for yes.
	Tested func(v choice.Values) bool
	// Resizes says that images are made to have the parameter size for their side. Of other
	// sources it is the side that their images must have.
	Resizes bool
}

// Sources is the table of sources of data. Each is added in the file that has it.
var Sources = choice.Table[Opener]{
	What: "source of data", Key: "name", Default: "digits",
	Common: []choice.Param{
		{Name: "size", Default: 0, In: choice.AtLeast(0, "pixels, 0 for any"),
			About: "side of the images in pixels: a folder's are resized to it, others must have it; 0 for " +
				"that which they have"},
		{Name: "flip", Default: false, About: "mirror every other image, where left and right mean the same"},
		skipBad, subtract, divide,
	},
}

// split is the parameter of sources that have a test set.
var split = choice.Param{Name: "split", Default: "train", About: "which part of the data",
	In: choice.Words("train", "test")}

// Open finds the source that c names and reads what it needs to know of it. An error
// is choice.Faults where the fault is in c.
func Open(c choice.Choice) (Source, error) {
	e, full, faults := Sources.Resolve("", c, nil)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	src, err := e.Make.Open(full.Params)
	if err != nil {
		return nil, err
	}
	if err := checkSize(src.Info(), full.Params.Int("size")); err != nil {
		return nil, err
	}
	if src, err = standardise(src, full.Params); err != nil {
		return nil, err
	}
	if full.Params.Bool(skipBad.Name) && !e.Make.Drawn {
		return SkipBad(src), nil
	}
	return src, nil // points that are drawn have no bad records
}

// Describe is what is known of the source that c names: of one whose samples have a shape
// that its files do not decide, without them, and then no more than Known says; of another,
// all of it.
func Describe(c choice.Choice) (Info, error) {
	e, full, faults := Sources.Resolve("", c, nil)
	if err := faults.Err(); err != nil {
		return Info{}, err
	}
	if e.Make.Known == nil {
		src, err := Open(c)
		if err != nil {
			return Info{}, err
		}
		return src.Info(), nil
	}
	info := e.Make.Known(full.Params)
	return info, checkSize(info, full.Params.Int("size"))
}

// checkSize compares what the configuration was written for with the data.
func checkSize(info Info, size int) error {
	var faults choice.Faults
	switch {
	case size == 0:
	case !info.Image:
		faults.Add("size", size, fmt.Sprintf("0: %s are points, not images", info.Name))
	case info.Shape.H != size || info.Shape.W != size:
		faults.Add("size", size, fmt.Sprintf("that of the images of %s, which are %v", info.Name, info.Shape))
	}
	return faults.Err()
}

// HeldOut is c with the test set in place of the training set; ok is false where c names no
// training set that has one.
func HeldOut(c choice.Choice) (held choice.Choice, ok bool) {
	e, full, faults := Sources.Resolve("", c, nil)
	if split, there := full.Params["split"].(string); len(faults) > 0 || !there || split != "train" ||
		e.Make.Tested != nil && !e.Make.Tested(full.Params) {
		return c, false
	}
	held = c.Clone()
	if held.Params == nil {
		held.Params = choice.Values{}
	}
	held.Params["split"] = "test"
	return held, true
}
