package matlab5

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// Both forms of a file that scipy wrote (testdata/write.py) are read, from numbers of one,
// four and eight bytes.
func TestReadFile(t *testing.T) {
	for _, name := range []string{"plain.mat", "zipped.mat"} {
		as, err := ReadFile("testdata/"+name, "y", "X", "y32", "empty")
		if err != nil {
			t.Fatal(err)
		}
		y := []byte{10, 1, 2, 10, 9}
		if !slices.Equal(as[0].Values, y) || !slices.Equal(as[2].Values, y) ||
			!slices.Equal(as[0].Dims, []int{5, 1}) {
			t.Errorf("%s: y is %+v and %+v, want %v", name, as[0], as[2], y)
		}
		if len(as[3].Values) != 0 || !slices.Equal(as[3].Dims, []int{0, 3}) {
			t.Errorf("%s: the empty array is %+v", name, as[3])
		}
		x := as[1]
		if x.Name != "X" || !slices.Equal(x.Dims, []int{2, 3, 4, 5}) {
			t.Fatalf("%s: %+v", name, x)
		}
		for at, v := range x.Values {
			i, j, k, l := at%2, at/2%3, at/6%4, at/24
			if want := byte(60*i + 20*j + 5*k + l); v != want {
				t.Fatalf("%s: X[%d, %d, %d, %d] is %d, want %d", name, i, j, k, l, v, want)
			}
		}
		for array, want := range map[string]string{
			"half":  `array "half": value 0: got bytes 00 00 00 00 00 00 e0 3f, want a whole number from `,
			"wide":  `array "wide": value 0: got bytes `,
			"z":     `array "z": got complex numbers, want real ones`,
			"note":  `array "note": class: got 4, want one of numbers, 6 to 15`,
			"names": `array "names": class: got 1, want one of numbers, 6 to 15`,
			"Y":     `array "Y": got none, want one`,
		} {
			_, err := ReadFile("testdata/"+name, array)
			if err == nil || !strings.HasPrefix(err.Error(), "matlab5: testdata/"+name+": "+want) {
				t.Errorf("%s: error %v, want %q", name, err, want)
			}
		}
	}
}

// file is a MAT-file of one array called "a", in big endian, with its values in a short tag.
func file(dims []int32, values ...byte) []byte {
	be := binary.BigEndian
	b := append(bytes.Repeat([]byte{' '}, 124), 1, 0, 'M', 'I')
	var m []byte
	m = be.AppendUint32(be.AppendUint32(m, miUint32), 8)
	m = be.AppendUint32(be.AppendUint32(m, 9), 0) // mxUINT8_CLASS
	m = be.AppendUint32(be.AppendUint32(m, miInt32), uint32(4*len(dims)))
	for _, d := range dims {
		m = be.AppendUint32(m, uint32(d))
	}
	m = append(m, make([]byte, 4*(len(dims)%2))...)
	m = append(m, 0, 1, 0, miInt8, 'a', 0, 0, 0)
	m = append(m, 0, byte(len(values)), 0, 2)
	m = append(append(m, values...), make([]byte, 4-len(values))...)
	b = be.AppendUint32(be.AppendUint32(b, miMatrix), uint32(len(m)))
	return append(b, m...)
}

func TestBigEndian(t *testing.T) {
	as, err := read(bytes.NewReader(file([]int32{1, 3, 1}, 7, 8, 9)), []string{"a"})
	if err != nil || !slices.Equal(as[0].Values, []byte{7, 8, 9}) ||
		!slices.Equal(as[0].Dims, []int{1, 3, 1}) {
		t.Errorf("%+v, error %v", as, err)
	}
}

// What is no such file, or is torn, is refused in one line.
func TestHostile(t *testing.T) {
	good := file([]int32{1, 3}, 7, 8, 9)
	edit := func(at int, b ...byte) []byte { return slices.Replace(slices.Clone(good), at, at+len(b), b...) }
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"empty":            {nil, "header: got 0 bytes, want 128"},
		"other order":      {edit(126, 'X', 'Y'), `byte order: got "XY", want IM or MI`},
		"HDF5":             {edit(124, 2, 0), "version: got 0x0200"},
		"no array":         {edit(128, 0, 0, 0, 9), "element: got type 9, want an array, 14 or 15"},
		"not zlib":         {edit(128, 0, 0, 0, miCompressed), "compressed element: zlib: invalid header"},
		"torn":             {good[:len(good)-1], "values: got 7 bytes, want a tag of 8: unexpected EOF"},
		"torn tag":         {good[:130], "element: got 2 bytes, want a tag of 8"},
		"twice":            {append(slices.Clone(good), good[128:]...), `array "a": got it twice`},
		"other dimensions": {file([]int32{2, 3}, 7, 8, 9), "values: got 3 bytes of type 2, want numbers for"},
		"negative":         {file([]int32{-1, -3}, 7, 8, 9), "dimensions: got [-1], want at most"},
		"too many":         {file([]int32{1 << 20, 1 << 20}, 7), "dimensions: got [1048576 1048576], want"},
	} {
		_, err := read(bytes.NewReader(tt.file), []string{"a"})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

// FuzzRead: whatever the bytes, no panic, and no more values than there were bytes, or
// than zlib makes of as many.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"plain.mat", "zipped.mat"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(file([]int32{1, 3}, 7, 8, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		as, err := read(io.LimitReader(bytes.NewReader(b), 1<<16), []string{"X", "y", "a"}[len(b)%3:])
		for _, a := range as {
			count := 1
			for _, n := range a.Dims {
				count *= n
			}
			if err == nil && count != len(a.Values) {
				t.Fatalf("%d values of %v", len(a.Values), a.Dims)
			}
		}
		if err == nil {
			return
		}
		if strings.Contains(err.Error(), "\n") {
			t.Fatalf("an error of several lines: %q", err)
		}
	})
}
