package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
	"github.com/stillfield/stillfield/train"
)

// drawPath is where the samples of a run or of a checkpoint file go: a directory for
// each set of samples that may differ.
func drawPath(path string, ck *run.Checkpoint, weights string, spec sample.Spec, dev plan.Device) string {
	name := fmt.Sprintf("step%d-%s", ck.Step, spec.Name())
	for _, s := range []struct{ is, usual string }{
		{weights, "average"}, {ck.Config.Precision, plan.Float32.String()}, {deviceForm(dev), "cpu"},
	} {
		if s.is != s.usual {
			name += "-" + s.is
		}
	}
	if ck.Path == path {
		return strings.TrimSuffix(path, ".safetensors") + "-" + name
	}
	return filepath.Join(path, run.SampleDir, name)
}

// deviceForm is how a device's name begins: cpu, cuda or emu.
func deviceForm(dev plan.Device) string {
	name := dev.Name()
	return name[:strings.IndexAny(name+" ", " :")]
}

// origin is what samples of ck were drawn with.
func origin(ck *run.Checkpoint, part, weights string, dev plan.Device) sample.Origin {
	average := ""
	if part == experiment.StateAverage {
		average = ck.Average
	}
	return sample.Origin{
		Checkpoint: ck.Path, Step: ck.Step, Weights: weights, Average: average, Sum: ck.Sum(part),
		Field: ck.Process.String(), Model: ck.Net.String(), Precision: ck.Config.Precision,
		Device: nameAt(dev, ck.Precision()), Version: version(),
	}
}

// drawn draws the samples of s that are not in out yet, on x, and writes them there.
// energies, where the field has one, makes what finds the energies of the samples.
func drawn(c *cobra.Command, x sample.Executor, p *field.Process, s sample.Spec, out string,
	opt sample.Output, energies func() (*sample.Energies, error)) (err error) {
	unwatched()
	keeping(c.Context())
	w, err := sample.Open(c.Context(), out, x.Dim(), s, p, opt)
	if errors.Is(err, sample.ErrShardThere) {
		logrus.Infof("shard %v is in %s already", opt.Shard, visible(out))
		return nil
	} else if err != nil && c.Context().Err() != nil {
		return fmt.Errorf("sample: %w before what was finished earlier had been read", train.ErrStopped)
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if w.Kept() > 0 {
		logrus.Infof("going on: %d of %d samples are in %s", w.Kept(), w.Samples(), visible(w.Dir()))
	}
	sum, picture, err := completed(c.Context(), w, x, p, energies)
	if err != nil && c.Context().Err() != nil {
		if w.Done() == 0 {
			return fmt.Errorf("sample: %w before the first of %d samples was finished", train.ErrStopped,
				w.Samples())
		}
		return fmt.Errorf("sample: %w: %d of %d samples are kept in %s, and the same command goes on",
			train.ErrStopped, w.Done(), w.Samples(), w.Dir())
	} else if err != nil {
		return err
	}
	return printDrawn(c, sum, picture)
}

// printDrawn prints the summary of samples that are finished, and where their picture is.
func printDrawn(c *cobra.Command, sum sample.Summary, picture string) error {
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s\n", text)
	logrus.Info(workText(sum.Work))
	if picture != "" {
		what := ""
		if sum.Pictured < sum.Drawn {
			what = fmt.Sprintf(" (the first %d of %d samples)", sum.Pictured, sum.Drawn)
		}
		fmt.Fprintf(os.Stderr, "picture: %s%s\n", visible(picture), what)
	}
	return nil
}

// completed draws what w does not have and makes the files of all.
func completed(ctx context.Context, w *sample.Store, x sample.Executor, p *field.Process,
	energies func() (*sample.Energies, error)) (sample.Summary, string, error) {
	watch := watchDraw(newProgress(), w.Kept(), w.Samples())
	err := w.Draw(ctx, x, p, watch.tell)
	watch.end()
	if err != nil {
		return sample.Summary{}, "", err
	}
	var e *sample.Energies
	if energies != nil {
		if e, err = energies(); err != nil {
			return sample.Summary{}, "", err
		}
		defer e.Close()
	}
	return w.Finish(ctx, e)
}

// workText says how well a draw used its device, and what points that finished early have
// saved.
func workText(w sample.Work) string {
	text := fmt.Sprintf("%d rows evaluated, %.1f%% of them for samples", w.Rows, 100*w.Occupancy)
	if w.SavedToTheEnd > 0 {
		text += fmt.Sprintf("; %.1f%% less than to the end of every path", 100*w.SavedToTheEnd)
	}
	if w.SavedBatches > 0 {
		text += fmt.Sprintf("; %.1f%% less than in batches that wait for their slowest", 100*w.SavedBatches)
	}
	return text
}
