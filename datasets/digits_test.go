package datasets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/choice"
)

// digitsSum is printed by: sha256sum datasets/digits.csv.gz
const digitsSum = "46abec6b12486ad9e51943373abcf22bbea1b5a51a1619b361570d8893f1464a"

func TestDigitsFile(t *testing.T) {
	sum := sha256.Sum256(digitsFile)
	if got := hex.EncodeToString(sum[:]); got != digitsSum {
		t.Errorf("digits.csv.gz has SHA-256 %s, want %s", got, digitsSum)
	}
	notice, err := os.ReadFile("digits.LICENSE.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Alpaydin", "Kaynak", "CC BY 4.0", "digits.csv.gz"} {
		if !bytes.Contains(notice, []byte(want)) {
			t.Errorf("digits.LICENSE.md does not name %s", want)
		}
	}
}

func TestDigits(t *testing.T) {
	src, err := Open(choice.Choice{Kind: "digits", Params: choice.Values{"size": 8}})
	if err != nil {
		t.Fatal(err)
	}
	want := Info{
		Name: "digits", Shape: Shape{8, 8, 1}, Count: 1797, Classes: 10, Image: true, Lo: -1, Hi: 1,
		Levels: 17,
		// The bytes that fingerprint hashes, by another program:
		//   zcat digits.csv.gz | python3 -c 'import sys,struct,hashlib
		//   r=[list(map(int,l.split(","))) for l in sys.stdin]
		//   b=b"".join(struct.pack("<Q",n) for n in (1797,8,8,1,10,16))
		//   b+=bytes(p for l in r for p in l[:64])+bytes(l[64] for l in r)
		//   print("sha256:"+hashlib.sha256(b).hexdigest())'
		Fingerprint: "sha256:83da71d34e802bd1eaf61526866d21de38a70561f239e6881adc20f317ceb350",
		Credit:      digitsCredit,
	}
	if diff := cmp.Diff(want, src.Info()); diff != "" {
		t.Error(diff)
	}

	// zcat digits.csv.gz | cut -d, -f65 | sort | uniq -c
	wantLabels := [10]int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}
	var labels [10]int
	var ink float64 // the sum of all pixels on the scale of the file
	x := make([]float32, 64)
	for i := range src.Info().Count {
		poison(x)
		label, err := src.Read(x, i)
		if err != nil {
			t.Fatal(err)
		}
		labels[label]++
		for _, v := range x {
			p := (float64(v) + 1) * 8
			if p != math.Trunc(p) || p < 0 || p > 16 {
				t.Fatalf("image %d: value %v is not p/8 − 1 for a whole p from 0 to 16", i, v)
			}
			ink += p
		}
	}
	if labels != wantLabels {
		t.Errorf("images of each digit: %v, want %v", labels, wantLabels)
	}
	// zcat digits.csv.gz | cut -d, -f1-64 | tr , '\n' | awk '{s+=$1} END {print s}'
	if ink != 561718 {
		t.Errorf("sum of all pixels: %v, want 561718", ink)
	}
	// zcat digits.csv.gz | head -1: the second row of the first image, a zero.
	if _, err := src.Read(x, 0); err != nil {
		t.Fatal(err)
	}
	for k, p := range []float32{0, 0, 13, 15, 10, 15, 5, 0} {
		if x[8+k] != p/8-1 {
			t.Errorf("image 0, row 1, column %d: %v, want %v/8 − 1", k, x[8+k], p)
		}
	}
}

func TestParseDigitsRefuses(t *testing.T) {
	good := strings.Repeat("16,", 64) + "9\n"
	if _, _, err := parseDigits(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "got 0 lines"},
		{"too dark", strings.Replace(good, "16", "17", 1), `line 1, column 1: got "17", want 0 to 16`},
		{"a negative pixel", good + strings.Replace(good, "16", "-1", 1), `line 2, column 1: got "-1"`},
		{"no such digit", strings.Replace(good, "9", "10", 1), `column 65: got "10", want 0 to 9`},
		{"a short line", "1,2,3\n", "wrong number of fields"},
		{"a word", strings.Replace(good, "16", "ink", 1), `got "ink"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := parseDigits(strings.NewReader(tt.in))
			wantError(t, err, tt.want)
		})
	}
}

func FuzzParseDigits(f *testing.F) {
	f.Add([]byte(strings.Repeat("16,", 64) + "9\n"))
	f.Add([]byte("1,2,3\n"))
	zip, err := gzip.NewReader(bytes.NewReader(digitsFile))
	if err != nil {
		f.Fatal(err)
	}
	lines := make([]byte, 500) // the first three images and a part of the fourth
	if _, err := io.ReadFull(zip, lines); err != nil {
		f.Fatal(err)
	}
	f.Add(lines)
	f.Add(lines[:bytes.LastIndexByte(lines, '\n')+1])
	f.Fuzz(func(t *testing.T, in []byte) {
		pixels, labels, err := parseDigits(bytes.NewReader(in))
		if err != nil {
			return
		}
		if len(pixels) != 64*len(labels) || len(labels) == 0 {
			t.Fatalf("%d pixels and %d labels", len(pixels), len(labels))
		}
		if top := slices.Max(pixels); top > digitsTop {
			t.Fatalf("a pixel of %d, want at most %d", top, digitsTop)
		}
		if top := slices.Max(labels); top > 9 {
			t.Fatalf("a label of %d, want at most 9", top)
		}
	})
}

// poison fills x with NaN, so that an element that is not written is seen.
func poison(x []float32) {
	for i := range x {
		x[i] = float32(math.NaN())
	}
}

// wantError demands an error of one line that holds want.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	_, fault := choice.FaultsOf(err) // its path is for the caller to complete
	switch {
	case err == nil:
		t.Fatalf("got no error, want one that says %q", want)
	case !strings.Contains(err.Error(), want):
		t.Errorf("got %q, want it to say %q", err, want)
	case strings.Contains(err.Error(), "\n"):
		t.Errorf("got more than one line: %q", err)
	case !fault && !strings.HasPrefix(err.Error(), "datasets: "):
		t.Errorf("got %q, want it to begin with the package", err)
	}
}

// Held-out data are the test set of what is trained on, where it is not trained on too.
func TestHeldOut(t *testing.T) {
	for text, want := range map[string]string{"digits": "", "digits:split=train": "digits:split=test",
		"digits:split=test": "", "rings:dim=3": "rings:dim=3,split=test", "rings:dim=-1": "", "none": ""} {
		c, err := choice.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		held, ok := HeldOut(c)
		if want == "" && (ok || held.String() != text) || want != "" && (!ok || held.String() != want) {
			t.Errorf("%s: held out are %v, %v, want %q", text, held, ok, want)
		}
	}
}

// The two splits have every digit once between them, and all classes each.
func TestDigitsSplits(t *testing.T) {
	open := func(split string) Source {
		src, err := Open(choice.Choice{Kind: "digits", Params: choice.Values{"split": split}})
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	all, parts := open("all"), []Source{open("train"), open("test")}
	next := []int{0, 0}
	want, got := make([]float32, digitsPixels), make([]float32, digitsPixels)
	for i := range all.Info().Count {
		which := 0
		if i%6 == 5 {
			which = 1
		}
		label, _ := all.Read(want, i)
		if l, _ := parts[which].Read(got, next[which]); l != label || !slices.Equal(got, want) {
			t.Fatalf("digit %d is not number %d of part %d", i, next[which], which)
		}
		next[which]++
	}
	for which, part := range parts {
		if info := part.Info(); info.Count != next[which] || info.Classes != 10 {
			t.Errorf("part %d has %d digits of %d classes, want %d of 10", which, info.Count, info.Classes,
				next[which])
		}
	}
}
