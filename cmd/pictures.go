package cmd

import (
	"fmt"
	"path/filepath"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/picture"
)

// pictured says where each subject's pictures go: to the directory that is asked for, of several
// subjects each to a numbered one below. It refuses a directory that nothing would be written to.
func (o *evalFlags) pictured(all []judged) error {
	if o.pictures == "" {
		return nil
	}
	drawn := false
	for i := range all {
		j := &all[i]
		for _, m := range j.metrics {
			if !m.Pictured {
				continue
			}
			if info := j.Against.Info(); !info.Image || !picture.Drawable(info.Shape.Point()) {
				return &choice.Fault{Path: "pictures", Got: o.pictures,
					Want: fmt.Sprintf("none: %s are no images of 1, 3 or 4 channels", info.Name)}
			}
			drawn, j.Pictures = true, o.pictures
			if len(all) > 1 {
				j.Pictures = filepath.Join(o.pictures, fmt.Sprintf("%d-%s", i+1, filepath.Base(j.Path)))
			}
		}
	}
	if !drawn {
		return &choice.Fault{Path: "pictures", Got: o.pictures,
			Want: "none: no metric that is computed draws any; nearest does"}
	}
	return nil
}
