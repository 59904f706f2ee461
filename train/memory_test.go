package train

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/memory"
)

// A run for which the memory is not there is refused in one line with both numbers,
// before anything of it is made.
func TestTooMuchMemory(t *testing.T) {
	if _, ok := memory.Least(); !ok {
		t.Skip("this system does not say how much memory it has")
	}
	picture := func(int, *experiment.Experiment, []float32) (image.Image, error) { return nil, nil }
	for _, tt := range []struct {
		set   []string
		hooks Hooks
		want  string
	}{
		{[]string{"sample.n=1073741824", "data.dim=1000"}, Hooks{Picture: picture},
			" for 1073741824 samples): the model, batch or sample.n is too large"},
		{[]string{"batch=1048576", "data.dim=100000"}, Hooks{}, "1258291200000 for batches"},
	} {
		dir, c := filepath.Join(t.TempDir(), "run"), parse(t, tt.set...)
		_, err := Run(t.Context(), dir, c, source(t, c), device(t, 1), tt.hooks)
		if err == nil || !strings.HasPrefix(err.Error(), "train: want ") ||
			!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %q", tt.set, err, tt.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v: the directory was made", tt.set)
		}
	}
}
