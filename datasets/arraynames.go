package datasets

import (
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/choice"
)

// findArrays finds which arrays of the file are meant; labels is "" for none.
func findArrays(file *tensorFile, v choice.Values) (samples, labels string, err error) {
	samples, labels = v.Text("key"), v.Text("labels")
	if file.only() {
		if v.Text("split") != "train" {
			return "", "", &choice.Fault{Path: "split", Got: choice.Show(v.Text("split")),
				Want: "train: path is one array, " + file.name}
		}
		if samples != "" {
			return "", "", &choice.Fault{Path: "key", Got: choice.Show(samples),
				Want: "none: " + file.name + " is one array without a name"}
		}
	} else {
		usual := usualNames[v.Text("split")]
		first := func(names []string) string {
			if i := slices.IndexFunc(names, file.has); i >= 0 {
				return names[i]
			}
			return ""
		}
		if samples == "" {
			if samples = first(usual.samples); samples == "" {
				return "", "", fmt.Errorf("datasets: array: %s: %w; key=NAME says which", file.name,
					file.missing("array with a usual name for "+v.Text("split")+" samples, like "+
						usual.samples[0]))
			}
		}
		if labels == "" {
			labels = first(usual.labels)
		}
	}
	if labels == "none" {
		labels = ""
	}
	return samples, labels, nil
}

// usualNames are what arrays of samples and of classes are called in an archive, of each
// split, in the order in which they are looked for: Keras's data sets, torchvision's, what people
// call them, and what numpy and the code of guided diffusion call those without names.
var usualNames = map[string]struct{ samples, labels []string }{
	"train": {
		[]string{
			"x_train",
			"train_images",
			"X_train",
			"train",
			"x",
			"images",
			"X",
			"image",
			"data",
			"samples",
			"latents",
			"arr_0",
		},
		[]string{
			"y_train",
			"train_labels",
			"Y_train",
			"y",
			"labels",
			"Y",
			"label",
			"targets",
			"classes",
			"arr_1",
		},
	},
	"test": {
		[]string{"x_test", "test_images", "X_test", "test"},
		[]string{"y_test", "test_labels", "Y_test"},
	},
}
