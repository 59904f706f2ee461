package bounded

import (
	"fmt"
	"io"
)

// Parse opens the regular file at path and gives it to read with its size, a function that
// reads what it needs at once and the rest while the file is open. It returns what read made of
// it, with the file, which the caller closes; after an error it is closed. The error of opening
// begins with format, as those of read do themselves.
func Parse[T any](format, path string, read func(r io.ReaderAt, size int64, name string) (T, error)) (
	made T, file io.Closer, err error) {
	f, size, err := Open(path)
	if err != nil {
		return made, nil, fmt.Errorf("%s: %w", format, err)
	}
	if made, err = read(f, size, path); err != nil {
		f.Close()
		return made, nil, err
	}
	return made, f, nil
}
