package train

import (
	"os"
	"path/filepath"
	"testing"
)

// A run that its data or network makes impossible leaves no directory.
func TestImpossibleRuns(t *testing.T) {
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{"data=digits",
			"model={kind: unet, channels: 4, levels: [1], " +
				"blocks: 1, heads: 1}", "model.attention=[3]"},
			"command line: model.attention: got [3], want sides of [8]"},
		{[]string{"model.width=65536", "model.depth=1024"},
			"tiny.yaml:5:8: model: got 8796362440710 weights, want at most 2147483648"},
		{[]string{"data.flip=true"}, "command line: data.flip: got true, want false: rings are " +
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
