package experiment

import (
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
}
