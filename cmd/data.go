package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/datasets/survey"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/format/picture"
)

func newData() *cobra.Command {
	var out string
	var set []string
	c := &cobra.Command{
		Use:   "data DATA",
		Short: "Say what data are, draw some of them, and find what is wrong",
		Long: `Data reads every sample once and prints how many there are of which class, the range,
mean and deviation of their values, which samples are equal, also to samples of the
test set, and every fault: records that cannot be read, values that are no numbers,
labels and classes that are missing. A picture of some is written to DATA.png here.

DATA is a data set with its parameters, as after data: in a configuration; an
experiment, a configuration or a run, for its data; or a path, of which the content
says how it is read. The status is 1 where there is a fault.`,
		Example: `  stillfield data digits
  stillfield data rings:dim=16
  stillfield data fashion-eqm --out fashion.png
  stillfield data pictures --set size=64`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return errors.New("data: got no argument or several, want one: a data set, an " +
					"experiment or a path")
			}
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, begun string) (
			[]string, cobra.ShellCompDirective) {
			names, how := completeConfigs(c, args, begun)
			if len(args) == 0 {
				names = append(datasets.Sources.Names(), names...)
			}
			return names, how
		},
		RunE: func(c *cobra.Command, args []string) error {
			data, err := dataOf(args[0], set)
			if err != nil {
				return err
			}
			asJSON, err := c.Flags().GetBool("json")
			if err != nil {
				return err
			}
			return runData(c.Context(), c.OutOrStdout(), data, out, asJSON)
		},
	}
	c.Flags().StringVar(&out, "out", "", "the picture, a .png file; default the name of the data in this "+
		"directory")
	c.Flags().StringArrayVar(&set, "set", nil, "a parameter of the data, like size=64; may be repeated")
	return c
}

// dataOf is the data that an argument names, with parameters given as name=value.
func dataOf(arg string, set []string) (c choice.Choice, err error) {
	if c, err = namedData("data", arg); err != nil {
		return c, err
	}
	if c, err = withParams(c, set); err == nil {
		c = datasets.Sources.Brief(c)
	}
	return c, err
}

// withParams is c with parameters given as name=value.
func withParams(c choice.Choice, set []string) (choice.Choice, error) {
	c = c.Clone()
	if c.Params == nil {
		c.Params = choice.Values{}
	}
	for _, s := range set {
		more, err := choice.Parse("data:" + strings.TrimPrefix(s, "data."))
		if err != nil {
			return c, fmt.Errorf("--set: %w", err)
		}
		for name, v := range more.Params {
			c.Params[name] = v
		}
	}
	return c, nil
}

// sheetName is the file of the picture of data: of the name of their file or directory where they
// are one's own, so that two have two pictures, and else of the source's.
func sheetName(data choice.Choice, source string) string {
	if path, ok := data.Params["path"].(string); ok && path != "" {
		source = runName(path)
	}
	return source + ".png"
}

// runData surveys data and says what they are.
func runData(ctx context.Context, w io.Writer, data choice.Choice, out string, asJSON bool) error {
	if out != "" && !strings.HasSuffix(strings.ToLower(out), ".png") {
		return &choice.Fault{Path: "out", Got: choice.Show(out), Want: "a file that ends in .png"}
	}
	src, err := openWhole(data)
	if err != nil {
		return err
	}
	info := src.Info()
	if out == "" && survey.HasSheet(info) {
		out = sheetName(data, info.Name)
	}
	switch {
	case out == "":
	case !survey.HasSheet(info):
		return &choice.Fault{Path: "out", Got: choice.Show(out),
			Want: fmt.Sprintf("none: samples of %v have no picture", info.Shape)}
	default:
		if err := atomicfile.Ready(out); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	r, err := surveyed(ctx, src, data, "reading")
	if err != nil {
		return err
	}
	if err := compare(ctx, r, data); err != nil {
		return err
	}
	sheet := ""
	if out != "" {
		img, about, err := survey.Sheet(src)
		if err == nil {
			err = picture.WritePNG(out, img)
		}
		if err != nil {
			return fmt.Errorf("data: %w", err)
		}
		sheet = fmt.Sprintf("%s: %s", visible(out), about)
	}
	if asJSON {
		err = json.NewEncoder(w).Encode(struct {
			*survey.Report
			Picture string `json:"picture,omitempty"`
		}{r, out})
	} else {
		err = printSurvey(w, r, sheet)
	}
	if n := len(r.Faults); err == nil && n > 0 {
		err = fmt.Errorf("data: %s: got faults of %d sorts, want none", visible(r.Data), n)
	}
	return err
}

// openWhole opens data with their bad records, which are to be told and not passed over.
func openWhole(data choice.Choice) (datasets.Source, error) {
	src, err := datasets.OpenWhole(data)
	if faults, ok := choice.FaultsOf(err); ok {
		return nil, faults.Under("data")
	}
	return src, err
}

// surveyed is the survey of src, with its progress shown.
func surveyed(ctx context.Context, src datasets.Source, data choice.Choice, what string) (
	*survey.Report, error) {
	st := newProgress()
	begin := time.Now()
	r, err := survey.Take(ctx, src, func(done, of int) {
		rate := float64(done) / time.Since(begin).Seconds()
		remain := left(of-done, rate)
		st.show(false, fmt.Sprintf("%s %d/%d samples  %.0f samples/s  %s left", what, done, of, rate,
			leftText(remain)), what, logrus.Fields{"samples": done, "of": of, "samples_per_second": rate,
			"seconds_left": remain.Seconds()})
	})
	st.done()
	if err != nil {
		return nil, err
	}
	r.Data = data.String()
	if text := standardised(r, data); text != "" && what == "reading" {
		r.Notes = append(r.Notes, text)
	}
	return r, nil
}

// standardised says by which parameters the mean of r would be 0 and its deviation 1; "" of
// images, whose values are in [−1, 1], and where mean and deviation are not far from there.
func standardised(r *survey.Report, data choice.Choice) string {
	v := r.Values
	far := math.Abs(v.Mean) > 1 || v.Deviation < .1 || v.Deviation > 2
	asked := data.Params["subtract"] != nil || data.Params["divide"] != nil
	if r.Image || !far || !(v.Deviation > 0) || asked {
		return ""
	}
	each := r.Channels
	if each == nil {
		each = []survey.Values{v}
	}
	var m, s []string
	for _, c := range each {
		if !(c.Deviation > 0) {
			return ""
		}
		m, s = append(m, fmt.Sprintf("%.5g", c.Mean)), append(s, fmt.Sprintf("%.5g", c.Deviation))
	}
	return fmt.Sprintf("subtract=[%s],divide=[%s] would make the mean 0 and the deviation 1",
		strings.Join(m, ","), strings.Join(s, ","))
}

// compare looks for samples of r in its test set, where there is one that can be read.
func compare(ctx context.Context, r *survey.Report, data choice.Choice) error {
	held, ok := datasets.HeldOut(data)
	if !ok {
		return nil
	}
	src, err := openWhole(held)
	if err != nil {
		r.Notes = append(r.Notes, fmt.Sprintf("not compared with the test set: %v", err))
		return nil
	}
	test, err := surveyed(ctx, src, held, "reading the test set")
	if err != nil {
		return err
	}
	r.Compare(test)
	for _, f := range test.Faults {
		f.What += ", of the test set"
		r.Faults = append(r.Faults, f)
	}
	return nil
}
