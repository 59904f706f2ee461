package cmd

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/sample"
)

// Which part a process is, by the flag and by what Slurm and Kubernetes say.
func TestReadShard(t *testing.T) {
	array := func(id, count, least, most int) map[string]string {
		return map[string]string{slurmIndex: fmt.Sprint(id), slurmCount: fmt.Sprint(count),
			slurmMin: fmt.Sprint(least), slurmMax: fmt.Sprint(most)}
	}
	job := map[string]string{kubeIndex: "5"}
	for _, tt := range []struct {
		text string
		env  map[string]string
		want sample.Shard
		err  string
	}{
		{"0/1", nil, sample.Shard{Of: 1}, ""},
		{"6/7", job, sample.Shard{Index: 6, Of: 7}, ""},
		{"auto/8", job, sample.Shard{Index: 5, Of: 8}, ""},
		{"auto", array(0, 8, 0, 7), sample.Shard{Index: 0, Of: 8}, ""},
		{"auto", array(8, 8, 1, 8), sample.Shard{Index: 7, Of: 8}, ""},
		{"auto/8", array(3, 1, 3, 3), sample.Shard{Index: 3, Of: 8}, ""},
		{"7/7", nil, sample.Shard{}, "0 ≤ i < n"},
		{"-1/7", nil, sample.Shard{}, "0 ≤ i < n"},
		{"0/0", nil, sample.Shard{}, "0 ≤ i < n"},
		{"3", nil, sample.Shard{}, "i/n, auto or auto/n"},
		{"1/2/3", nil, sample.Shard{}, "i/n, auto or auto/n"},
		{"auto", nil, sample.Shard{}, slurmIndex},
		{"auto/3", nil, sample.Shard{}, kubeIndex},
		{"auto", job, sample.Shard{}, "auto/n"},
		{"auto/5", job, sample.Shard{}, "0 ≤ i < n"},
		{"auto", array(3, 1, 3, 3), sample.Shard{}, "auto/n"},
		{"auto", array(4, 3, 0, 4), sample.Shard{}, "has gaps"},
	} {
		got, err := readShard(tt.text, func(name string) string { return tt.env[name] })
		if tt.err == "" && (err != nil || got != tt.want) {
			t.Errorf("%s, %v: got %v, %v, want %v", tt.text, tt.env, got, err, tt.want)
		}
		if tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s, %v: got %v, %v, want an error with %q", tt.text, tt.env, got, err, tt.err)
		}
	}
}

// Shards of a run whose field has an energy, and of an exact field, are joined into the
// files of one process, as tasks of an array draw them.
func TestSampleShards(t *testing.T) {
	inTemp(t)
	if o := program(t, "train", "tiny.yaml", "--set", "model.energy=dot"); o.status != 0 {
		t.Fatal(o.stderr)
	}
	for k, of := range [][]string{{"runs/tiny"}, {"--exact", "rings:count=20,dim=3", "--steps", "4"}} {
		draw := append(append([]string{"sample"}, of...), "-n", "5", "--seed", "3", "--batch", "2", "--out")
		one, many := fmt.Sprint("one-", k), fmt.Sprint("many-", k)
		if o := program(t, append(draw, one)...); o.status != 0 {
			t.Fatal(o.stderr)
		}
		for i := range 7 {
			t.Setenv(kubeIndex, fmt.Sprint(i))
			if o := program(t, append(draw, many, "--shard", "auto/7")...); o.status != 0 {
				t.Fatal(o.stderr)
			}
		}
		if o := program(t, append(draw, many, "--shard", "6/7")...); o.status != 0 {
			t.Fatal(o.stderr)
		} else {
			wants(t, "a shard again", o.stderr, "already")
		}
		if o := program(t, "sample", "--gather", many); o.status != 0 {
			t.Fatal(o.stderr)
		}
		for _, name := range []string{"samples.npy", "samples.png"} {
			if read(t, many+"/"+name) != read(t, one+"/"+name) {
				t.Errorf("%v: %s is another than one process's", of, name)
			}
		}
		a, sa, errA := sample.Read(one)
		b, sb, errB := sample.Read(many)
		if errA != nil || errB != nil || fmt.Sprint(a.Energy, a.NFE) != fmt.Sprint(b.Energy, b.NFE) ||
			fmt.Sprint(sa.Origin, sa.NFE) != fmt.Sprint(sb.Origin, sb.NFE) || (a.Energy != nil) != (k == 0) {
			t.Errorf("%v: got %+v and %v, want %+v and %v; %v, %v", of, sb, b, sa, a, errA, errB)
		}
	}
	fails(t, []string{"sample", "runs/tiny", "--gather", "many-0", "-n", "3"},
		"gather: got \"many-0\", want no run or checkpoint beside it: the shards say what they are of",
		"n: got \"3\", want none with --gather: the shards say how they were drawn")
	fails(t, []string{"sample", "runs/tiny", "--shard", "0/2", "--out", "x.npy", "--trajectory"},
		"out: got \"x.npy\", want a directory with --shard: --gather writes one file",
		"trajectory: got 8, want none with --shard")
}
