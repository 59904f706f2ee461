package cmd

import (
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/stillfield/stillfield/datasets/manifest"
)

// watchManifests has the screen say what becomes of manifests, and how far a long reading of data
// has come.
func watchManifests() {
	const long = 64 << 20 // bytes, which take some tenths of a second
	p := newProgress()
	manifest.Watch.Trouble = func(err error) { logrus.Warn(err) }
	manifest.Watch.Progress = func(done, total int64) {
		if total < long {
			return
		}
		text := fmt.Sprintf("reading the data, once  %.0f %% of %.3g GB", 100*float64(done)/float64(total),
			1e-9*float64(total))
		p.show(done == total, text, "reading the data", logrus.Fields{"bytes": done, "of": total})
		if done == total {
			p.done()
		}
	}
}
