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
		{[]string{"data.size=9", "data.name=digits"},
			"command line: data.size: got 9, want that of the images of digits, which are 8×8×1"},
		{[]string{"data={name: idx}"}, "command line: data.path: got none, want a directory or a file of " +
			"images: " +
			"--set data.path=DIR, or =FILE for the file of images"},
		{[]string{"data={name: fashion-mnist, path: " + nowhere + "}"},
			"datasets: fashion-mnist: path: stat " + nowhere + ": no such file or directory; to get it: " +
				"apt install dataset-fashion-mnist, or --set data.path=DIR"},
	} {
		if _, err := parse(t, tt.set...).OpenData(); err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}
