package features

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/format/safetensors"
)

// A file whose arrays are not those of the network that it claims, or that claims what is no
// classifier, is refused in one line, and before there is memory for what it claims.
func TestReadTrainedRefuses(t *testing.T) {
	const good = `{"recipe":"recipe:channels=1,levels=[1]","data":"x","shape":[2,2,1],"classes":2}`
	for _, tt := range []struct{ claim, want string }{
		{good, "got an array of shape [], want "},
		{strings.Replace(good, "channels=1,levels=[1]", "channels=1024,levels=[64]", 1),
			"got an array of shape"},
		{strings.Replace(good, "channels=1", "channels=0", 1), "channels: got 0, want between 1 and 1024"},
		{strings.Replace(good, "recipe:c", "network:c", 1), "recipe: got"},
		{strings.Replace(good, "[2,2,1]", "[2,2]", 1), "got images of [2 2] in 2 classes"},
		{strings.Replace(good, "[2,2,1]", "[2,2,-1]", 1), "got images of [2 2 -1] in 2 classes"},
		{strings.Replace(good, `"classes":2`, `"classes":1`, 1), "in 1 classes"},
		{"{", "unexpected end of JSON input"},
		{"", "not a classifier: its metadata have no " + claimKey},
	} {
		path := filepath.Join(t.TempDir(), "c.safetensors")
		metadata := map[string]string{claimKey: tt.claim}
		maps.DeleteFunc(metadata, func(_, v string) bool { return v == "" })
		x := safetensors.Tensor{Name: "x", Shape: []int{1}, Data: []float32{1}}
		if err := safetensors.WriteFile(path, metadata, []safetensors.Tensor{x}); err != nil {
			t.Fatal(err)
		}
		if got, want := isTrained(path), tt.claim != ""; got != want {
			t.Errorf("%s: recognised: %v", tt.claim, got)
		}
		_, err := findTrained(path, "")
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", tt.claim, err, tt.want)
		}
	}
}
