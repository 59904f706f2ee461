package sample

import "fmt"

// room reports a disk that has no room for what is to be written.
func (w *Store) room() error {
	left, ok := free(w.dir)
	if want := w.bytes(); ok && want > left {
		return fmt.Errorf("%s: %d samples of %d coordinates: want %d bytes, the disk has %d free", w.dir,
			w.n, w.dim, want, left)
	}
	return nil
}

// bytes is what is to be written yet: the points that are not there, what is noted of
// each, and another copy of all of them, but for a picture.
func (w *Store) bytes() uint64 {
	point, n := 4*uint64(w.dim), uint64(w.n)
	want := (n - uint64(w.done)) * (point + recordBytes)
	if !w.file || suffix(w.out) != ".png" {
		want += n * (point + 8)
	}
	return want
}
