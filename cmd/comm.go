package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/commtest"
)

func newComm() *cobra.Command {
	var o comm.Options
	var largest int
	c := &cobra.Command{
		Use:   "comm",
		Short: "Try a launch of many processes before a long run",
		Long: `Comm is started as a training is, by the launcher of the site:

  mpirun -n 2 --bind-to none stillfield comm
  srun --mpi=pmix stillfield comm

It prints where each process (rank) runs, which cores it may use and how many workers
that is, holds the library to the suite that every group must pass, and measures the
sum over all ranks that a training step makes, by size. What would make a run slow or
wrong — ranks that are bound to one core, programs that differ — it warns of or refuses.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			asJSON, _ := c.Flags().GetBool("json")
			return inGroup(c.Context(), o, func(g *comm.Group) error {
				return tryLaunch(c.OutOrStdout(), g, largest<<20, asJSON)
			})
		},
	}
	c.Flags().DurationVar(&o.Deadline, "deadline", time.Minute,
		"how long a collective may take before the process ends with status 70")
	intVar(c, &o.Bucket, choice.Param{Name: "bucket", Default: comm.DefaultBucket,
		In: choice.AtLeast(4, "bytes"), About: "the most bytes of one message"})
	intVar(c, &largest, choice.Param{Name: "largest", Default: 64,
		In: choice.AtLeast(1, "MiB"), About: "the largest sum that is measured, in MiB"})
	return c
}

// trial is what comm says of a launch.
type trial struct {
	Library  string          `json:"library"`
	Ranks    []comm.Place    `json:"ranks"`
	Warnings []string        `json:"warnings,omitempty"`
	Cases    int             `json:"cases"` // of the suite, all right
	Barrier  float64         `json:"barrier_seconds,omitempty"`
	Sums     []commtest.Rate `json:"sums,omitempty"`
}

// tryLaunch looks at a group, holds it to the suite and measures it. Rank 0 prints what it
// finds as it finds it.
func tryLaunch(w io.Writer, g *comm.Group, largest int, asJSON bool) error {
	out := w
	if g.Rank() != 0 || asJSON {
		w = io.Discard
	}
	if err := comm.Agree(g, "the program", version()); err != nil {
		return err
	}
	l := trial{Library: g.Name()}
	var err error
	if l.Ranks, err = comm.Places(g); err != nil {
		return err
	}
	printPlaces(w, g, l.Ranks)
	if l.Warnings = comm.Warnings(l.Ranks); g.Rank() == 0 {
		for _, text := range l.Warnings {
			logrus.Warn(text)
		}
	}
	cases := commtest.Cases(commtest.Whole)
	for _, c := range cases {
		if err := c.Run(g, commtest.HostMemory{}); err != nil {
			return fmt.Errorf("rank %d: %s: %w", g.Rank(), c.Name, err)
		}
	}
	l.Cases = len(cases)
	fmt.Fprintf(w, "\nall %d cases of the suite are right\n", l.Cases)
	if g.Size() > 1 {
		if err := l.measure(w, g, largest); err != nil {
			return err
		}
	}
	if asJSON && g.Rank() == 0 {
		return json.NewEncoder(out).Encode(l)
	}
	return nil
}

// printPlaces prints what carries the group and where its ranks are.
func printPlaces(w io.Writer, g *comm.Group, places []comm.Place) {
	fmt.Fprintf(w, "%d ranks: %s\n", len(places), visible(g.Name()))
	if g.Size() == 1 {
		fmt.Fprintln(w, "for more: mpirun -n 2 --bind-to none stillfield comm")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nrank\thost\tof the host's\tcores it may use\tworkers\tprocess")
	for _, p := range places {
		fmt.Fprintf(t, "%d\t%s\t%d of %d\t%d of %d: %s\t%d\t%d\n", p.Rank, visible(p.Host), p.Index, p.Beside,
			len(p.Cores), p.Of, ranges(p.Cores), p.Workers, p.PID)
	}
	t.Flush()
}

// ranges are rising numbers in few words: 0-3,8.
func ranges(numbers []int) string {
	var parts []string
	for rest := numbers; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n] == rest[n-1]+1 {
			n++
		}
		part := fmt.Sprint(rest[0])
		if n > 1 {
			part += fmt.Sprintf("-%d", rest[n-1])
		}
		parts, rest = append(parts, part), rest[n:]
	}
	return strings.Join(parts, ",")
}

// measure finds how long a barrier takes, and sums from 4 KiB up, each four times the last.
func (l *trial) measure(w io.Writer, g *comm.Group, largest int) error {
	const barriers = 200
	begin := time.Now()
	for range barriers {
		if err := g.Barrier(); err != nil {
			return err
		}
	}
	l.Barrier = time.Since(begin).Seconds() / barriers
	fmt.Fprintf(w, "\nbarrier  %.3g ms\nsum of float32 over all ranks, the buffer's bytes over the time:\n",
		l.Barrier*1e3)
	sizes := []int{largest}
	for n := 4 << 10; n < largest; n *= 4 {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	for _, n := range sizes {
		r, err := commtest.AllReduceRate(g, n)
		if err != nil {
			return err
		}
		l.Sums = append(l.Sums, r)
		fmt.Fprintf(w, "%7d KiB  %9.3g ms  %6.3g GB/s\n", n>>10, r.Seconds*1e3, r.GBPerSecond())
	}
	return nil
}
