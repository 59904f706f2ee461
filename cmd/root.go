package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/train"
)

// Exit statuses, beside 0 and 1.
const (
	exitOverdue = 70 // EX_SOFTWARE: another process of the group, or the network, is gone
	exitStopped = 75 // EX_TEMPFAIL: the same command goes on
)

// Main runs the program and returns its exit status.
func Main(args []string) int {
	setUpLog(manner{}) // for errors in the flags
	ctx, stop := untilAsked(context.Background())
	defer stop()
	root := newRoot()
	out := &stdout{w: os.Stdout}
	root.SetOut(out)
	root.SetArgs(args)
	err := promptly(ctx, root.ExecuteContext)
	done := new(told)
	switch {
	case errors.As(err, &done):
		return done.status
	case err == nil && out.err == nil:
		return 0
	case out.err != nil && !stopped(ctx, err):
		err = out.err
	}
	return tell(ctx, err)
}

// stopped reports whether a command has ended with err because it was asked to.
func stopped(ctx context.Context, err error) bool {
	return errors.Is(err, train.ErrStopped) || ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// tell says what a command has ended with and returns the status to exit with.
func tell(ctx context.Context, err error) int {
	if stopped(ctx, err) {
		if by := context.Cause(ctx); by != nil && !errors.Is(err, by) {
			err = fmt.Errorf("%w (%w)", err, by)
		}
		logrus.Warn(err)
		return exitStopped
	}
	if bad := new(datasets.BadRecord); errors.As(err, &bad) {
		err = fmt.Errorf("%w; skip_bad=true, a parameter of the data, passes such records over", err)
	}
	text := suggestions.Replace(err.Error())
	for line := range strings.Lines(strings.TrimSpace(text)) {
		logrus.Error(strings.TrimSpace(line))
	}
	return failure(err)
}

// failure is the exit status of an error.
func failure(err error) int {
	if late := new(comm.Overdue); errors.As(err, &late) {
		return exitOverdue
	}
	return 1
}

// suggestions puts what cobra says of a misspelled command on the line it is about.
var suggestions = strings.NewReplacer("\n\nDid you mean this?\n\t", "; did you mean ", "\n\t", ", ")

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "stillfield",
		Short: "Generative models with no clock: train them, sample them, look inside",
		Long: `Stillfield trains and samples generative models whose vector field is still:
the network sees a noisy point and nothing else, no noise level and no time.

  stillfield train                 train the default experiment and look at digits
  stillfield sample runs/NAME      draw more`,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	var m manner
	f := root.PersistentFlags()
	f.BoolVarP(&m.verbose, "verbose", "v", false, "say more")
	f.BoolVarP(&m.quiet, "quiet", "q", false,
		"say nothing but warnings and errors; results still go to standard output")
	f.BoolVar(&m.json, "json", false,
		"log and progress as one JSON object a line on standard error; "+
			"what device, eval and geometry print, as JSON")
	f.BoolP("version", "V", false, "say which version this is") // which cobra answers
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if m.verbose && m.quiet {
			return errors.New("--verbose and --quiet: got both, want one of them")
		}
		setUpLog(m)
		watchManifests()
		return given(c)
	}
	root.SetFlagErrorFunc(flagHint)
	root.AddCommand(newTrain(), newSample(), newAverage(), newInspect(), newList(), newDevice(), newBench(),
		newConformance(), newComm(), newGeometry(), newEval(), newData(), newClassifier(),
		&cobra.Command{
			Use: "version", Short: "Say which version this is", Args: cobra.NoArgs,
			RunE: func(c *cobra.Command, _ []string) error {
				_, err := fmt.Fprintf(c.OutOrStdout(), "stillfield version %s\n", version())
				return err
			},
		})
	root.AddCommand(newImport(), newExport())
	useTitles(root)
	return root
}

// manner is how much is said, and to whom.
type manner struct{ verbose, quiet, json bool }

// setUpLog makes the screen and has logrus write to it.
func setUpLog(m manner) {
	stderr = newScreen(os.Stderr)
	logrus.SetOutput(stderr)
	logrus.SetFormatter(lines{})
	if m.json {
		logrus.SetFormatter(&logrus.JSONFormatter{})
	}
	switch {
	case m.quiet:
		logrus.SetLevel(logrus.WarnLevel)
	case m.verbose:
		logrus.SetLevel(logrus.DebugLevel)
	default:
		logrus.SetLevel(logrus.InfoLevel)
	}
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return fmt.Sprintf("%s (%s)", v, info.GoVersion)
}
