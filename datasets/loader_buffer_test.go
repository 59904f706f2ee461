package datasets

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
)

// A Loader decodes into the memory it is given, all of it and no other, and leaves
// a batch alone until the call of Next after the next.
func TestLoaderBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made []*float32
		buffer := func() ([]float32, error) {
			b := make([]float32, 4*3)
			made = append(made, &b[0])
			return b, nil
		}
		src := newCounted(10, Shape{1, 1, 3})
		l, err := NewLoader(t.Context(), src, Options{Batch: 4, Ahead: 3, Buffer: buffer})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		used := map[*float32]bool{}
		var before *Batch
		var was []float32
		for range 12 {
			b := next(t, l)
			used[&b.X[0]] = true
			synctest.Wait() // the loader has filled all that it may
			if before != nil && !slices.Equal(before.X, was) {
				t.Fatalf("batch %d has changed when batch %d was handed over", before.First, b.First)
			}
			before, was = b, slices.Clone(b.X)
		}
		if len(made) != 3+2 || len(used) != len(made) {
			t.Errorf("%d buffers were made and %d used, want 5", len(made), len(used))
		}
		for _, p := range made {
			if !used[p] {
				t.Error("a batch is in other memory than it was given")
			}
		}
	})
}

func TestLoaderBufferRefused(t *testing.T) {
	none := errors.New("none left")
	for _, tt := range []struct {
		n    int
		err  error
		want string
	}{
		{11, nil, "datasets: NewLoader: buffer: got 11 elements, want 12"},
		{12, none, "datasets: NewLoader: none left"},
	} {
		_, err := NewLoader(t.Context(), newCounted(10, Shape{1, 1, 3}), Options{Batch: 4,
			Buffer: func() ([]float32, error) { return make([]float32, tt.n), tt.err }})
		wantError(t, err, tt.want)
	}
}
