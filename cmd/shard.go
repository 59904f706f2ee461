package cmd

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/sample"
)

// shardFlags are the flags of sample that divide a draw among processes, and join it.
type shardFlags struct{ shard, gather string }

func (o *shardFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&o.shard, "shard", "", "draw part i of n, like 0/8, into a file of --out; auto "+
		"takes both from a job array of Slurm, auto/n takes i from that or from an indexed Job of Kubernetes")
	c.Flags().StringVar(&o.gather, "gather", "", "join the parts in this directory that --shard has drawn, "+
		"into --out (default: the same directory)")
	under(c, "Flags of many processes", "shard", "gather")
}

// piece is the shard that a process draws; the whole where it is zero.
type piece struct {
	sample.Shard
	empty bool // it has no samples
}

// part is the shard that is asked for, and the path that a draw of n samples into out writes
// to: that of its file, or out itself.
func (o *shardFlags) part(out string, n int, t trajectoryFlag) (piece, string, error) {
	if o.shard == "" {
		return piece{}, out, nil
	}
	p, err := readShard(o.shard, os.Getenv)
	if err != nil {
		return piece{}, "", err
	}
	var faults choice.Faults
	if sample.AsFile(out) {
		faults.Add("out", out, "a directory with --shard: --gather writes one file")
	}
	if t.samples > 0 {
		faults.Add("trajectory", t.samples, "none with --shard")
	}
	if err := faults.Err(); err != nil {
		return piece{}, "", err
	}
	first, end := p.Range(n)
	if first == end {
		logrus.Infof("shard %v has none of the %d samples", p, n)
		return piece{p, true}, out, nil
	}
	logrus.Infof("shard %v: samples %d to %d of %d", p, first, end-1, n)
	return piece{p, false}, p.Path(out), nil
}

// The variables in which Slurm says of a job array, and Kubernetes of an indexed Job, which
// part this process is.
const (
	slurmIndex = "SLURM_ARRAY_TASK_ID"
	slurmCount = "SLURM_ARRAY_TASK_COUNT"
	slurmMin   = "SLURM_ARRAY_TASK_MIN"
	slurmMax   = "SLURM_ARRAY_TASK_MAX"
	kubeIndex  = "JOB_COMPLETION_INDEX"
)

// readShard reads i/n, auto or auto/n, the latter with what env says.
func readShard(text string, env func(string) string) (sample.Shard, error) {
	index, of, _ := strings.Cut(text, "/")
	var p sample.Shard
	var err error
	switch {
	case text == "auto":
		p, err = ofArray(env)
	case index == "auto":
		name := slurmIndex
		if env(kubeIndex) != "" {
			name = kubeIndex
		}
		if env(kubeIndex) != "" && env(slurmIndex) != "" {
			return p, shardFault(text, "i/n where both "+kubeIndex+" and "+slurmIndex+" are set")
		}
		if env(name) == "" {
			return p, shardFault(text, "i/n where neither "+kubeIndex+" nor "+slurmIndex+" is set")
		}
		p, err = counted(env(name), of)
	default:
		p, err = counted(index, of)
	}
	if err != nil {
		return p, shardFault(text, "i/n, auto or auto/n: "+err.Error())
	}
	return p, p.Check()
}

func shardFault(got, want string) error {
	return &choice.Fault{Path: "shard", Got: choice.Show(got), Want: want}
}

func counted(index, of string) (p sample.Shard, err error) {
	if p.Index, err = strconv.Atoi(index); err == nil {
		p.Of, err = strconv.Atoi(of)
	}
	return p, err
}

// ofArray is the part of a job array of Slurm whose tasks are numbered without a gap. A task
// that is put in again alone is an array of one, of which the count says nothing: that is for
// auto/n.
func ofArray(env func(string) string) (sample.Shard, error) {
	if env(kubeIndex) != "" {
		return sample.Shard{}, fmt.Errorf("%s has no count beside it: want auto/n", kubeIndex)
	}
	var at [4]int
	for k, name := range []string{slurmIndex, slurmCount, slurmMin, slurmMax} {
		v, err := strconv.Atoi(env(name))
		if err != nil {
			return sample.Shard{}, fmt.Errorf("%s is %q, want a number", name, env(name))
		}
		at[k] = v
	}
	id, count, least, most := at[0], at[1], at[2], at[3]
	if most-least+1 != count {
		return sample.Shard{}, fmt.Errorf("an array of %d tasks from %d to %d has gaps: want auto/n", count,
			least, most)
	}
	if count == 1 && least > 0 {
		return sample.Shard{}, fmt.Errorf("an array of task %d alone: want auto/n", least)
	}
	return sample.Shard{Index: id - least, Of: count}, nil
}

// runGather joins shards.
func runGather(c *cobra.Command, o *sampleFlags, args []string) error {
	var faults choice.Faults
	if len(args) > 0 {
		faults.Add("gather", o.shard.gather, "no run or checkpoint beside it: "+
			"the shards say what they are of")
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Changed && !slices.Contains([]string{"gather", "out", "singles"}, f.Name) {
			faults.Add(f.Name, f.Value.String(), "none with --gather: the shards say how they were drawn")
		}
	})
	if err := faults.Err(); err != nil {
		return err
	}
	out, singles := o.out, -1
	if out == "" {
		out = o.shard.gather
	}
	if c.Flags().Changed("singles") {
		singles = o.singles
	}
	sum, picture, err := sample.Gather(c.Context(), o.shard.gather, out, singles)
	if err != nil {
		return err
	}
	return printDrawn(c, sum, picture)
}
