package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/atomicfile"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/geometry/chart"
)

// afterwards is what a figure's command does with what it has made.
type afterwards func(ctx context.Context, w io.Writer, f geometry.Figure, r *geometry.Result, dir string,
	asJSON bool) error

// newFigure is the command that makes one figure, and then does more, if there is more.
func newFigure(f geometry.Figure, more afterwards) *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   f.Name,
		Short: "Figure: " + f.About,
		Long: fmt.Sprintf(`%s draws %s.

It prints its tables and writes them as CSV, its pictures as PNG and SVG, and all of
it as JSON. What the same program has computed with the same inputs is read again and
not computed.`, f.Name, f.About),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			asJSON, err := c.Flags().GetBool("json")
			if err != nil {
				return err
			}
			r, err := runFigure(c.Context(), c.OutOrStdout(), f, out, asJSON)
			if err != nil || more == nil {
				return err
			}
			return more(c.Context(), c.OutOrStdout(), f, r, out, asJSON)
		},
	}
	c.Flags().StringVar(&out, "out", "geometry", "directory to write to")
	if f.Inputs.Draws > 0 {
		intVar(c, &f.Inputs.Draws, choice.Param{Name: "draws", Default: f.Inputs.Draws,
			In: choice.Between(4, 1<<20, "draws"), About: "draws of each Monte Carlo average: errors fall " +
				"like 1/√draws"})
		c.Flags().Uint64Var(&f.Inputs.Seed, "seed", f.Inputs.Seed, "of the draws")
	}
	return c
}

// runFigure makes f in dir, prints it and returns it.
func runFigure(ctx context.Context, w io.Writer, f geometry.Figure, dir string, asJSON bool) (
	*geometry.Result, error) {
	st := newProgress()
	defer st.done()
	r, paths, err := made(ctx, f, dir, shown(st, f.Name))
	st.done()
	if err != nil {
		return nil, err
	}
	if err := printFigure(w, r, asJSON); err != nil {
		return nil, err
	}
	if !asJSON {
		for _, path := range paths {
			logrus.Info("wrote ", visible(path))
		}
	}
	return r, nil
}

func printFigure(w io.Writer, r *geometry.Result, asJSON bool) error {
	if asJSON {
		text, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("geometry: %s: %w", r.Figure, err)
		}
		fmt.Fprintf(w, "%s\n", text)
		return nil
	}
	fmt.Fprintf(w, "%s\n", strings.Join(append([]string{r.Title}, r.Points...), "\n  "))
	for i := range r.Tables {
		if r.Tables[i].Unprinted {
			continue
		}
		fmt.Fprintln(w)
		if err := r.Tables[i].Print(w); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\n%s\nprior: %s\n", r.Label, r.Prior)
	for _, e := range r.Errata {
		fmt.Fprintf(w, "\nerratum %d: %s\n  holds: %s\n  measured: %s\n", e.Number, e.Claim, e.Holds,
			e.Measured)
	}
	return nil
}

// made is the result of f in dir, computed if it is not there, with its files.
func made(ctx context.Context, f geometry.Figure, dir string, progress func(done,
	of int)) (*geometry.Result, []string,
	error) {
	build, err := digest()
	if err != nil {
		return nil, nil, err
	}
	r, err := f.Kept(dir, build)
	if err != nil {
		return nil, nil, err
	}
	fresh := r == nil
	if fresh {
		if r, err = f.Make(ctx, dir, build, progress); err != nil {
			return nil, nil, err
		}
	} else {
		logrus.Infof("%s is in %s already, of this program and these inputs", f.Name, visible(dir))
	}
	paths, err := chart.Files(dir, r, fresh)
	return r, paths, err
}

// digest tells this program from others: results that another computed are not reused.
func digest() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("geometry: which program this is: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("geometry: which program this is: %w", err)
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", fmt.Errorf("geometry: which program this is: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// shown shows how far a figure has come, with the time that is left of it.
func shown(st *progress, what string) func(done, of int) {
	begin := time.Now()
	return func(done, of int) {
		remain := left(of-done, float64(done)/time.Since(begin).Seconds())
		st.show(done == of, fmt.Sprintf("%s %d/%d  %s left", what, done, of, leftText(remain)), what,
			logrus.Fields{"done": done, "of": of, "seconds_left": remain.Seconds()})
	}
}

func newPaper() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "paper",
		Short: "All figures and the errata as one HTML page",
		Long: `Paper makes every figure and writes OUT/index.html: pictures, numbers, the commands
that print them, and the statements of the paper that exact fields do not bear out,
each beside the measurement that shows it. A second run computes only what is missing.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runPaper(c.Context(), c.OutOrStdout(), out, geometry.Figures())
		},
	}
	c.Flags().StringVar(&out, "out", "geometry", "directory to write to")
	return c
}

func runPaper(ctx context.Context, w io.Writer, dir string, figures []geometry.Figure) error {
	st := newProgress()
	defer st.done()
	var all float64
	for _, f := range figures {
		all += f.Cost
	}
	var results []*geometry.Result
	var done float64 // in seconds of cost
	begin := time.Now()
	for _, f := range figures {
		progress := func(n, of int) {
			part := (done + f.Cost*float64(n)/float64(of)) / all
			remain := left(1000-int(1000*part), 1000*part/time.Since(begin).Seconds())
			text := fmt.Sprintf("%s %d/%d, %.0f%% of the page  %s left", f.Name, n, of, 100*part,
				leftText(remain))
			st.show(false, text, "paper", logrus.Fields{"figure": f.Name, "done": part,
				"seconds_left": remain.Seconds()})
		}
		r, _, err := made(ctx, f, dir, progress)
		if err != nil {
			return err
		}
		results = append(results, r)
		done += f.Cost
	}
	path := filepath.Join(dir, "index.html")
	err := atomicfile.Write(path, func(w io.Writer) error { return chart.Page(w, results, version()) })
	if err != nil {
		return err
	}
	fmt.Fprintln(w, path)
	return nil
}
