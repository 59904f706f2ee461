package cmd

import (
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/sample"
)

// givenFlags are the flags that say which points samples start from, and which part of
// them stays.
type givenFlags struct{ from, mask string }

func (o *givenFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&o.from, "from", "", "start from these points, noised as far as --strength says: "+
		"a .png, .npy or .safetensors file, or a directory of samples or pictures; sample i has number i")
	c.Flags().StringVar(&o.mask, "mask", "", "with --from: draw what is white (above 0.5 in an array) and "+
		"keep what is black as it is")
}

// read reads what the flags name; nil where they name nothing.
func (o *givenFlags) read(point []int) (*sample.Given, error) {
	if o.from == "" && o.mask != "" {
		return nil, &choice.Fault{Path: "mask", Got: choice.Show(o.mask),
			Want: "none without --from, which has what is kept"}
	}
	if o.from == "" {
		return nil, nil
	}
	var g sample.Given
	x, err := sample.ReadPoints(o.from, point)
	if err == nil && o.mask != "" {
		g.Free, err = sample.ReadMask(o.mask, point)
	}
	g.Points = x
	return &g, err
}

// give sets what the flags name in s. It returns what tells such draws apart, as a part of a
// directory's name.
func (o *givenFlags) give(s *sample.Spec, point []int) (word string, err error) {
	if s.Given, err = o.read(point); err != nil || s.Given == nil {
		return "", err
	}
	if o.mask != "" && s.Strength == 0 {
		return "", &choice.Fault{Path: "strength", Got: "0", Want: "more with --mask: it would draw nothing"}
	}
	return "-from" + s.Given.Fingerprint(), nil
}

// said adds what the flags name to origin.
func (o *givenFlags) said(origin sample.Origin, s sample.Spec) sample.Origin {
	if s.Given != nil {
		origin.From, origin.Mask, origin.Given = o.from, o.mask, s.Given.Fingerprint()
	}
	return origin
}
