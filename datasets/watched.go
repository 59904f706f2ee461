package datasets

import "github.com/stillfield/stillfield/datasets/manifest"

// watched is a file that must stay as it was when the data were opened.
type watched struct {
	path  string
	stamp manifest.Stamp
}

// watch notes how a file is now.
func watch(path string) (watched, error) {
	stamp, err := manifest.Stat(path)
	return watched{path, stamp}, err
}

// changed is the error of a file that is not what it was, nil where it is. It costs a stat, some
// microseconds.
func (w *watched) changed() error { return w.stamp.Check(w.path, "when the data were opened") }
