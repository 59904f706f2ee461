package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
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
		Device: dev.Name(), Version: version(),
	}
}

// asFile reports whether samples go to one file, and not to a directory.
func asFile(out string) bool { return sample.IsFile(out) && !isDir(out) }

// written writes samples to out and says what and where they are.
func written(stdout io.Writer, r *sample.Result, out string, opt sample.Output) error {
	var picture string
	var err error
	if asFile(out) {
		err = r.WriteFile(out, opt)
		if strings.EqualFold(filepath.Ext(out), ".png") {
			picture = out
		}
	} else {
		picture, err = r.Write(out, opt)
	}
	if err != nil {
		return err
	}
	text, err := json.Marshal(r.Summary(opt))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n", text)
	if picture != "" {
		fmt.Fprintf(os.Stderr, "picture: %s\n", visible(picture))
	}
	return nil
}
