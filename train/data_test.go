package train

import (
	"os"
	"path/filepath"
	"testing"
)

// Faults that only the data shows have their place too.
func TestFaultsOfTheData(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{"data.size=9", "data.name=digits", "data.dim=0", "data.count=0"},
			"--set data.size=9: data.size: got 9, want that of the images of digits, which are 8×8×1"},
		{[]string{"data.split=tset"}, `--set data.split=tset: data.split: got "tset", want "train" or ` +
			`"test"`},
		{[]string{"data.name=digits"}, "tiny.yaml:4:26: data.dim: got 6, want none: digits has no such " +
			"choice\n" +
			"tiny.yaml:4:36: data.count: got 40, want none: digits has no such choice"},
		{[]string{"data.dim=1"}, "--set data.dim=1: data.dim: got 1, want 2 to 67108864"},
		{[]string{"data={name: fashion-mnist, path: " + nowhere + "}", "data.dim=0", "data.count=0"},
			"datasets: fashion-mnist: path: stat " + nowhere + ": no such file or directory; to get it: " +
				"apt install dataset-fashion-mnist, or --set data.path=DIR"},
	} {
		if _, err := parse(t, tt.set...).OpenData(); err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{"data={name: digits, dim: 0, count: 0}",
			"model={kind: unet, width: 0, depth: 0, channels: 4, levels: [1], " +
				"blocks: 1, heads: 1}", "model.attention=[3]"},
			"--set model.attention=[3]: model.attention: got 3, want one of the sides [8]"},
		{[]string{"model.width=65536", "model.depth=1024"},
			"tiny.yaml:5:8: model: got 8796362440710 weights, want at most 2147483648"},
		{[]string{"data.flip=true"}, "--set data.flip=true: data.flip: got true, want false: rings are " +
			"points, not images"},
	} {
		c, dir := parse(t, tt.set...), filepath.Join(t.TempDir(), "run")
		_, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), Hooks{})
		if err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v: a directory was made for a run that cannot start", tt.set)
		}
	}
}
