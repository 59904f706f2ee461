package train

import "testing"

// Labels travel with the batch: sample by sample, to a network that is told them.
func TestLabelsTravel(t *testing.T) {
	r := aRun(t, parse(t, "model.classes=2", "seed=4"))
	loader, err := r.loader(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	seen := map[int32]bool{}
	for range 3 {
		batch, err := loader.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.take(batch); err != nil {
			t.Fatal(err)
		}
		for i, k := range batch.Labels {
			if got := r.controls.Labels[i]; got != float32(k) {
				t.Errorf("sample %d of the batch: told %v, want %d", i, got, k)
			}
			seen[k] = true
		}
	}
	if len(seen) != 2 {
		t.Errorf("labels seen: %v, want two", seen)
	}
}
