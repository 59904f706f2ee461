package train

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// weightsAfter are the weights after each step of a run that keeps every checkpoint.
func weightsAfter(t *testing.T, dir string, steps int) (all [][]float32) {
	t.Helper()
	for s := 1; s <= steps; s++ {
		all = append(all, weights(t, dir, s))
	}
	return all
}

// weights are those of a run's checkpoint.
func weights(t *testing.T, dir string, step int) []float32 {
	t.Helper()
	ck, err := run.LoadPart(experiment.StateWeights)(run.CheckpointPath(dir, step))
	if err != nil {
		t.Fatal(err)
	}
	return ck.Weights.Theta
}

// An average that is made after the training is the one that training would have kept:
// no weight differs by more than the combination's Bound of the farthest that it was from
// where it ended, and what float32 rounds: of each of the moves that an average still
// remembers, of T/(γ+2) steps, half a unit, times the factors of the combination. The
// same run but for the average has the same weights, to the bit.
func TestPostHoc(t *testing.T) {
	const steps = 60
	set := []string{fmt.Sprint("steps=", steps), "average.snapshot=4"}
	dir, other := t.TempDir(), t.TempDir()
	trained(t, dir, parse(t, append(set, "average.std=[0.05, 0.1]", "log.checkpoint=0")...))
	trained(t, other, parse(t, append(set, "average.std=[0.03, 0.07, 0.15, 0.25, 0.05, 0.1]",
		"log.checkpoint=1", "log.keep=60")...))
	path := weightsAfter(t, other, steps)
	if end := weights(t, dir, steps); !slices.Equal(end, path[steps-1]) {
		t.Fatal("averages change the weights")
	}
	for _, step := range []int{steps, 48} {
		for _, std := range []float64{.03, .07, .15, .25, .05, .1} {
			t.Run(fmt.Sprint(step, "/", std), func(t *testing.T) {
				want, err := run.LoadAverage(experiment.StdName(std))(run.CheckpointPath(other, step))
				if err != nil {
					t.Fatal(err)
				}
				got, err := run.PostHoc(t.Context(), dir, std, step)
				if err != nil {
					t.Fatal(err)
				}
				near(t, got, want.Weights.Average, path[:step])
			})
		}
	}
}

// near holds a made average to the one that was kept, with the weights after each step.
func near(t *testing.T, got *run.Made, want []float32, path [][]float32) {
	t.Helper()
	factors, end := 1., path[len(path)-1]
	for _, x := range got.X {
		factors += math.Abs(x)
	}
	var worst, size, apart float64
	for i, w := range want {
		far, large := 0., 0.
		for _, theta := range path {
			far = max(far, math.Abs(float64(theta[i])-float64(end[i])))
			large = max(large, math.Abs(float64(theta[i])))
		}
		d := math.Abs(float64(got.Weights.Average[i]) - float64(w))
		worst = max(worst, d-got.Bound*far-float64(len(path))*0x1p-24*factors*large)
		apart, size = apart+d*d, size+(float64(w)-float64(end[i]))*(float64(w)-float64(end[i]))
	}
	t.Logf("%d snapshots, residual %.1e, %.1e of the way from the weights", got.Snapshots, got.Residual,
		math.Sqrt(apart/size))
	if worst > 0 {
		t.Errorf("a weight differs by %.2g more than it may", worst)
	}
}

// A made average is a checkpoint that is read like any other, and says what it is.
func TestMadeIsACheckpoint(t *testing.T) {
	dir := t.TempDir()
	trained(t, dir, parse(t, "average={half_life: [], std: [0.05, 0.1], snapshot: 5}"))
	made, err := run.PostHoc(t.Context(), dir, .2, 0)
	if err != nil {
		t.Fatal(err)
	}
	made.Path = filepath.Join(dir, "made")
	if err := made.Save(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "std=0.2"} {
		ck, err := run.LoadAverage(name)(made.Path)
		if err != nil {
			t.Fatal(err)
		}
		same := slices.Equal(ck.Weights.Average, made.Weights.Average)
		if ck.Average != "std=0.2" || ck.Step != 20 || !same {
			t.Errorf("%q: %s of step %d", name, ck.Average, ck.Step)
		}
	}
	want := "run: checkpoint: " + made.Path + ": average: got std=0.1, want std=0.2: the checkpoint has " +
		"no other"
	if _, err := run.LoadAverage("std=0.1")(made.Path); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := run.Load(made.Path); err == nil {
		t.Error("training would go on from an average alone")
	}
}

// Several averages are each what the run would have kept alone, and a run that is stopped
// goes on with all of them, bit for bit; it then writes its later snapshots again.
func TestSeveralAverages(t *testing.T) {
	names := []string{"half_life=50000", "half_life=30", "std=0.05", "std=0.1"}
	c := parse(t, "average.half_life=[5e4, 30]", "average.std=[0.05, 0.1]", "average.snapshot=3")
	dir := t.TempDir()
	want := trained(t, dir, c).Checkpoint
	for _, name := range names {
		set := []string{"average." + name}
		if name[:3] == "std" {
			set = append(set, "average.half_life=[]")
		}
		alone := trained(t, t.TempDir(), parse(t, set...))
		ck, err := run.LoadAverage(name)(want)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(ck.Weights.Average, alone.Average) {
			t.Errorf("%s among others is not what it is alone", name)
		}
	}
	for _, stop := range []int{1, 6, 7} {
		again := t.TempDir()
		if err := stopped(t, again, c, stop); err == nil {
			t.Fatal("not stopped")
		}
		r := trained(t, again, c)
		if !bytes.Equal(content(t, r.Checkpoint), content(t, want)) {
			t.Errorf("stopped after step %d: the last checkpoint is another", stop)
		}
		if diff := cmp.Diff(snapshotSums(t, dir), snapshotSums(t, again)); diff != "" {
			t.Errorf("stopped after step %d: snapshots: %s", stop, diff)
		}
	}
}

// snapshotSums has the content of every snapshot of a run by its name.
func snapshotSums(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for _, name := range names(t, dir, "averages") {
		sums[name] = string(content(t, dir, "averages", name))
	}
	return sums
}

// What a run says of its snapshots before the first step is what it then writes.
func TestSnapshotsAreAnnounced(t *testing.T) {
	for _, tt := range []struct {
		set   string
		files int
	}{
		{"average.std=[0.05, 0.1] average.snapshot=6", 4}, {"average.std=[0.1] average.snapshot=5", 4},
		{"average.std=[0.1] average.snapshot=50", 1}, {"average.std=[0.1] average.snapshot=0", 0},
		{"average.snapshot=5", 0},
	} {
		c, dir := parse(t, strings.Fields(strings.ReplaceAll(tt.set, ", ", ","))...), t.TempDir()
		var said Snapshots
		h := Hooks{Snapshots: func(s Snapshots) { said = s }}
		r, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), h)
		if err != nil {
			t.Fatal(err)
		}
		var bytes uint64
		files := 0
		if entries, err := os.ReadDir(filepath.Join(dir, "averages")); err == nil {
			files = len(entries)
			for _, e := range entries {
				info, err := e.Info()
				if err != nil {
					t.Fatal(err)
				}
				bytes += uint64(info.Size())
			}
		}
		over := bytes - said.Bytes // of headers
		if files != tt.files || said.Files != tt.files || bytes < said.Bytes || over > uint64(files)<<13 {
			t.Errorf("%s: %d files of %d bytes, said %+v; %d weights", tt.set, files, bytes, said,
				r.Experiment.Params.Len)
		}
	}
}

// A snapshot that cannot be written is told of, and the run goes on.
func TestSnapshotTrouble(t *testing.T) {
	c, dir := parse(t, "average.std=[0.1]", "average.snapshot=10"), t.TempDir()
	var told []string
	h := Hooks{Trouble: func(err error) { told = append(told, err.Error()) }, Begin: func(int) {
		if err := os.WriteFile(filepath.Join(dir, "averages"), nil, 0o666); err != nil {
			t.Error(err)
		}
	}}
	if _, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), h); err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || !strings.HasPrefix(told[0], "train: step 10: no snapshot of averages: run: ") {
		t.Errorf("told %q", told)
	}
}
