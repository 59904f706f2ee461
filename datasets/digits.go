package datasets

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/stillfield/stillfield/choice"
)

// digitsFile is the 1,797 test images of "Optical Recognition of Handwritten
// Digits" by E. Alpaydin and C. Kaynak (UCI Machine Learning Repository, 1998,
// doi.org/10.24432/C50P49), licensed CC BY 4.0; see digits.LICENSE.md. One line
// for each image: 64 pixels 0 … 16 row by row, then the digit.
//
//go:embed digits.csv.gz
var digitsFile []byte

const (
	digitsSide   = 8
	digitsPixels = digitsSide * digitsSide
	digitsTop    = 16 // the value of full ink: each pixel counts the dark ones of a 4×4 block
	digitsCredit = "Optical Recognition of Handwritten Digits, E. Alpaydin & C. Kaynak, " +
		"UCI Machine Learning Repository (1998), CC BY 4.0"
)

// digits is decoded once for each process, in about 3 ms: all of them, those to train on and
// those to test with.
var digits = sync.OnceValues(func() (map[string]*byteImages, error) {
	zr, err := gzip.NewReader(bytes.NewReader(digitsFile))
	if err != nil {
		return nil, fmt.Errorf("datasets: digits: the embedded file: %w", err)
	}
	pixels, labels, err := parseDigits(zr)
	if err != nil {
		return nil, err
	}
	parts := map[string]*byteImages{}
	for split, has := range digitsSplits {
		var some, classes []byte
		for i, label := range labels {
			if has(i) {
				some = append(some, pixels[i*digitsPixels:(i+1)*digitsPixels]...)
				classes = append(classes, label)
			}
		}
		parts[split] = newByteImages(Info{
			Name:    "digits",
			Shape:   Shape{digitsSide, digitsSide, 1},
			Count:   len(classes),
			Classes: 10,
			Credit:  digitsCredit,
		}, some, classes, digitsTop)
	}
	return parts, nil
})

// digitsSplits are the parts of the digits: which of them each has. Neighbours in the file are
// mostly by one writer, so both train and test have digits by all of them.
var digitsSplits = map[string]func(i int) bool{
	"all":   func(int) bool { return true },
	"train": func(i int) bool { return i%6 != 5 },
	"test":  func(i int) bool { return i%6 == 5 },
}

var _ = Sources.Add(choice.Entry[Opener]{
	Name: "digits", Example: "digits:size=8", About: "1,797 handwritten digits, 8×8×1, in the binary",
	Paper: digitsCredit,
	Params: []choice.Param{{Name: "split", Default: "all",
		About: "which part of the data: all, or five in six to train on and the others to test with",
		In:    choice.Words("all", "train", "test")}},
	Make: Opener{Open: func(v choice.Values) (Source, error) {
		parts, err := digits()
		if err != nil {
			return nil, err
		}
		return parts[v.Text("split")], nil
	}},
})

// parseDigits reads lines of 64 pixels, 0 … 16, and a label, 0 … 9, separated by
// commas. The pixels of image i are pixels[64·i : 64·(i+1)].
func parseDigits(r io.Reader) (pixels, labels []byte, err error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = digitsPixels + 1
	rows.ReuseRecord = true
	for line := 1; ; line++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("datasets: digits: %w", err)
		}
		for k, field := range row {
			top := digitsTop
			if k == digitsPixels {
				top = 9
			}
			v, err := strconv.Atoi(field)
			if err != nil || v < 0 || v > top {
				return nil, nil, fmt.Errorf("datasets: digits: line %d, column %d: got %q, want 0 to %d",
					line, k+1, field, top)
			}
			if k == digitsPixels {
				labels = append(labels, byte(v))
			} else {
				pixels = append(pixels, byte(v))
			}
		}
	}
	if len(labels) == 0 {
		return nil, nil, errors.New("datasets: digits: got 0 lines, want at least 1")
	}
	return pixels, labels, nil
}
