package datasets

import (
	"fmt"
	"slices"
	"strings"

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

// hasArray reports whether the file at v's path has an array of one of the names.
func hasArray(v choice.Values, names ...string) bool {
	file, err := openTensors(v.Text("path"))
	if err != nil {
		return false
	}
	defer file.Close()
	return slices.ContainsFunc(names, file.has)
}

// isArray recognises what numpy writes, whatever an archive's arrays are called, and safetensors with an
// array of a usual name; but no latents.
func isArray(f Found) (choice.Values, bool) {
	switch {
	case f.Dir || f.Zip || len(f.Head) < 9:
		return nil, false
	case strings.HasPrefix(string(f.Head), "\x93NUMPY"):
		return nil, true
	case !strings.HasPrefix(string(f.Head), "PK") && f.Head[8] != '{':
		return nil, false
	}
	file, err := openTensors(f.Path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	usual := slices.ContainsFunc(usualNames["train"].samples, file.has)
	archive := strings.HasPrefix(string(f.Head), "PK") && len(file.names) > 0
	return nil, (usual || archive) && !file.has(latentMeans) && !file.has(latentMoments)
}

// isLatents recognises an archive, of numpy or safetensors, by the name of an array in it, whose
// shape says the rest. Whose rows are not square is told by whoever opens it.
func isLatents(f Found) (choice.Values, bool) {
	isSafetensors := len(f.Head) > 8 && f.Head[8] == '{'
	if f.Dir || f.Zip || !isSafetensors && !strings.HasPrefix(string(f.Head), "PK") {
		return nil, false
	}
	file, err := openTensors(f.Path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	for _, name := range []string{latentMoments, latentMeans} {
		if !file.has(name) {
			continue
		}
		t, err := file.open(name)
		if err != nil || len(t.shape) != 4 {
			return nil, false
		}
		v := choice.Values{"tensor": name, "side": t.shape[2], "channels": t.shape[1], "classes": 0}
		if name == latentMoments {
			v["channels"] = t.shape[1] / 2
		}
		if !file.has(latentLabels) {
			return v, true
		}
		labels, err := file.open(latentLabels)
		if err == nil {
			_, v["classes"], err = readLabels(labels, t.rows(), 0)
		}
		return v, err == nil
	}
	return nil, false
}
