package datasets

import (
	"errors"
	"fmt"
	"slices"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/format/bounded"
	"github.com/stillfield/stillfield/format/parquet"
)

// finish numbers the classes that are named, in the order of their names: of the known ones, where
// these are not nil.
func (l *parquetLabels) finish(known []string) error {
	if l.words == nil {
		return nil
	}
	l.names = known
	if known == nil {
		l.names = slices.Compact(slices.Sorted(slices.Values(l.words)))
	}
	if most := 1 << 20; len(l.names) > most {
		return fmt.Errorf("label: got %d names, want at most %d", len(l.names), most)
	}
	for i, w := range l.words {
		k, found := slices.BinarySearch(l.names, w)
		if !found {
			return notTrained(fmt.Sprintf("label: row %d", i), w, known, "label")
		}
		l.classes = append(l.classes, int32(k))
	}
	l.words = nil
	return nil
}

// trained are the names of the classes of the training set, where v is of the test set and its
// classes are named in the rows: a class has one number in both. nil for others.
func (l *parquetLabels) trained(v choice.Values) ([]string, error) {
	if l.words == nil || v.Text("split") == "train" {
		return nil, nil
	}
	paths, err := shards(v.Text("path"), "train", ".parquet")
	if err != nil {
		return nil, err
	}
	train := &parquetLabels{column: l.column}
	for _, path := range paths {
		if err := train.readFile(path); err != nil {
			return nil, err
		}
	}
	if train.words == nil {
		return nil, errors.New("label: got names of classes in the test set, want them in the training set " +
			"too, or label=none")
	}
	err = train.finish(nil)
	return train.names, err
}

// readFile adds the classes of the rows of the file at path, which it opens for that.
func (l *parquetLabels) readFile(path string) error {
	f, err := parquet.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Rows == 0 {
		return nil
	}
	if err := l.read(f); err != nil {
		return fmt.Errorf("%s: %w", bounded.Name(path), err)
	}
	return nil
}
