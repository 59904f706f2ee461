package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/run"
)

// refused runs c in dir and wants an error of one line.
func refused(t *testing.T, dir string, c *experiment.Config, want string) {
	t.Helper()
	_, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{})
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") ||
		!strings.HasPrefix(err.Error(), "run: ") && !strings.HasPrefix(err.Error(), "train: ") {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// tree is every file below dir with its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files[path] = string(content(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A directory that a run cannot have is refused, and nothing in it is touched.
func TestRefusedDirectories(t *testing.T) {
	dir, c := t.TempDir(), parse(t, "steps=5")
	trained(t, dir, c)
	before := tree(t, dir)

	refused(t, dir, parse(t, "optimizer.lr=2e-3", "field.target=velocity", "batch=4"), fmt.Sprintf(
		"run: %s holds a run of another configuration: batch is 8 there and 4 here; field.target.kind "+
			"is eqm there and "+
			"velocity here; field.target.cut is 0.8 there and not set here; field.target.gain is 4 there "+
			"and not set here; "+
			"optimizer.lr is 0.001 there and 0.002 here; choose another directory with --run", dir))
	refused(t, dir, parse(t, "data=digits"),
		"data.name is rings there and digits here")

	lock, err := run.Enter(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, dir, c, "run: run directory "+dir+": another process is training in it")
	lock.Leave()
	trained(t, dir, c)
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Error(diff)
	}

	file := filepath.Join(dir, configFile)
	refused(t, file, c, "run: run directory: mkdir "+file+": not a directory")
	refused(t, filepath.Join(file, "run"), c, "not a directory")
	if err := os.WriteFile(file, []byte("steps: 5\nbatsh: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, c, "run: "+dir+" holds a config.yaml that is not a run's: "+file+":2:1: batsh: "+
		"got an unknown key")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, parse(t, "seed=3"), "step-000000005.safetensors is of another configuration: seed is "+
		"0 there and 3 here")
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, c, file+": got a directory, want a regular file")
}

func TestUnwritableDirectory(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, parse(t), "permission denied")
	refused(t, filepath.Join(dir, "run"), parse(t), "permission denied")
}

// A run does not go on with data that changed.
func TestOtherData(t *testing.T) {
	dir, c := t.TempDir(), parse(t)
	if err := stopped(t, dir, c, 5); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	other := source(t, parse(t, "data.seed=1"))
	_, err := Run(t.Context(), dir, c, other, device(t, 1), Hooks{})
	want := fmt.Sprintf("train: %s was trained on other data: its fingerprint is %s, want %s",
		run.CheckpointPath(dir, 5),
		source(t, c).Info().Fingerprint, other.Info().Fingerprint)
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// What a killed process had begun to write is swept away, and nothing else; in
// directories whose names mean something to a glob too.
func TestSweep(t *testing.T) {
	dir, c := filepath.Join(t.TempDir(), "a[b]*?"), parse(t, "steps=5")
	trained(t, dir, c)
	const torn = ".stillfield-ABCDEFGHIJ.tmp"
	stale := []string{".config.yaml" + torn, ".log.jsonl" + torn,
		filepath.Join(checkpointDir, ".step-000000003.safetensors"+torn),
		filepath.Join(run.SampleDir, ".step-000000003.png"+torn),
		filepath.Join(run.SampleDir, "gd250", ".samples.npy"+torn)}
	kept := []string{"config.yaml.tmp", ".other.ABC.tmp", filepath.Join(checkpointDir, ".mine.ABC.tmp"),
		filepath.Join(run.SampleDir, "gd250", "samples.npy")}
	if err := os.MkdirAll(filepath.Join(dir, run.SampleDir, "gd250"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range append(stale, kept...) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	trained(t, dir, c)
	after := tree(t, dir)
	for _, name := range stale {
		if _, ok := after[filepath.Join(dir, name)]; ok {
			t.Errorf("%s is left", name)
		}
	}
	for _, name := range kept {
		if after[filepath.Join(dir, name)] != "torn" {
			t.Errorf("%s is gone", name)
		}
	}
}

// What would keep a run from writing is known before its first step: a file in the
// place of a directory, and a directory in that of a checkpoint to come.
func TestReady(t *testing.T) {
	for _, tt := range []struct{ file, dir, want string }{
		{file: "samples", want: "samples is a file, want a directory"},
		{file: checkpointDir, want: "checkpoints: not a directory"},
		{dir: "checkpoints/step-000000010.safetensors/x", want: "step-000000010.safetensors is a directory"},
		{dir: "checkpoints/step-000000020.safetensors/x", want: "step-000000020.safetensors is a directory"},
		{dir: "checkpoints/step-000000011.safetensors/x"}, {dir: "checkpoints/step-000000030.safetensors/x"},
	} {
		dir, c := t.TempDir(), parse(t)
		if tt.file != "" {
			if err := os.WriteFile(filepath.Join(dir, tt.file), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		} else if err := os.MkdirAll(filepath.Join(dir, tt.dir), 0o777); err != nil {
			t.Fatal(err)
		}
		if tt.want == "" {
			trained(t, dir, c)
			continue
		}
		refused(t, dir, c, tt.want)
		if _, err := os.Stat(filepath.Join(dir, logFile)); err == nil {
			t.Errorf("%+v: the run had begun", tt)
		}
	}
}

// A device that refuses the plan leaves the directory free for another try.
func TestDeviceRefuses(t *testing.T) {
	dir := t.TempDir()
	c := parse(t, "precision=tf32")
	_, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{})
	if err == nil || !strings.Contains(err.Error(), "tf32") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	trained(t, dir, parse(t, "steps=5"))
}

// A context that ended before the first step leaves a checkpoint of step 0.
func TestStoppedAtOnce(t *testing.T) {
	dir, c := t.TempDir(), parse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Run(ctx, dir, c, source(t, c), device(t, 1), Hooks{})
	want := "train: stopped after step 0 of 20; saved in " + run.CheckpointPath(dir, 0) + ": " +
		"graph: Compile: context canceled"
	if !errors.Is(err, ErrStopped) {
		t.Errorf("got %v, want ErrStopped", err)
	}
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
