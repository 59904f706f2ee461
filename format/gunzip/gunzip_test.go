package gunzip

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

func member(s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.Bytes()
}

// read reads a whole file.
func read(r io.Reader) (string, error) {
	z, err := NewReader(r)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(z)
	return string(b), err
}

// The contents are those that testdata/oracle.sh has gunzip and Python's gzip print.
func TestRead(t *testing.T) {
	a, b := member("some text"), member(" and more")
	zeros := make([]byte, 5000) // more than a buffer
	flip := func(b []byte, back int) []byte {
		b = bytes.Clone(b)
		b[len(b)-back] ^= 0x55
		return b
	}
	for _, tt := range []struct {
		name  string
		parts [][]byte
		want  string
		err   string
	}{
		{"one member", [][]byte{a}, "some text", ""},
		{"two members", [][]byte{a, b}, "some text and more", ""},
		{"empty members", [][]byte{member(""), a, member(""), member("")}, "some text", ""},
		{"one zero", [][]byte{a, {0}}, "some text", ""},
		{"zeros", [][]byte{a, zeros}, "some text", ""},
		{"zeros between members", [][]byte{a, zeros, b, zeros}, "some text and more", ""},
		{"garbage", [][]byte{a, []byte("garbage behind")}, "some text", ""},
		{"one byte of garbage", [][]byte{a, {0x1e}}, "some text", ""},
		{"garbage behind zeros", [][]byte{a, zeros, []byte("x")}, "some text", ""},
		{"garbage before a member", [][]byte{a, []byte("x"), b}, "some text", ""},
		{"nothing", nil, "", "unexpected EOF"},
		{"text", [][]byte{[]byte("some text, more than ten bytes")}, "", "invalid header"},
		{"zeros before a member", [][]byte{zeros, a}, "", "invalid header"},
		{"header cut", [][]byte{a[:9]}, "", "unexpected EOF"},
		{"cut", [][]byte{a[:len(a)-9]}, "some text", "unexpected EOF"},
		{"checksum cut", [][]byte{a[:len(a)-1]}, "some text", "unexpected EOF"},
		{"checksum wrong", [][]byte{flip(a, 8), b}, "some text", "invalid checksum"},
		{"length wrong", [][]byte{flip(a, 1), zeros}, "some text", "invalid checksum"},
		{"second header cut at once", [][]byte{a, {0x1f}}, "some text", "further member: unexpected EOF"},
		{"second header cut", [][]byte{a, b[:2]}, "some text", "further member: unexpected EOF"},
		{"second method unknown", [][]byte{a, {0x1f, 0x8b, 9, 0, 0, 0, 0, 0, 0, 0}}, "some text",
			"further member: gzip: invalid header"},
		{"second cut", [][]byte{a, b[:len(b)-4]}, "some text and more", "unexpected EOF"},
	} {
		file := bytes.Join(tt.parts, nil)
		for _, r := range []io.Reader{bytes.NewReader(file), iotest.OneByteReader(bytes.NewReader(file))} {
			got, err := read(r)
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: error %v, want %q", tt.name, err, tt.err)
			}
			if got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
			}
		}
	}
}

// A disk that fails is no end of the file, wherever it fails.
func TestReadErrors(t *testing.T) {
	disk := errors.New("input/output error")
	whole := append(append(member("some text"), 0, 0, 0), member("more")...)
	for n := range whole {
		_, err := read(io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(disk)))
		if !errors.Is(err, disk) {
			t.Errorf("a disk that fails after %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// FuzzRead holds the reader to compress/gzip: what that reads, this reads to the
// same bytes; and zeros behind it change nothing.
func FuzzRead(f *testing.F) {
	a := member("some text")
	f.Add(a)
	f.Add(append(append(bytes.Clone(a), 0, 0), a...))
	f.Add(append(bytes.Clone(a), "garbage"...))
	if digits, err := os.ReadFile("../../datasets/digits.csv.gz"); err == nil {
		f.Add(digits[:1000])
	}
	if padded, err := os.ReadFile("../../datasets/testdata/zeropad.gz"); err == nil {
		f.Add(padded)
	}
	const most = 1 << 16
	f.Fuzz(func(t *testing.T, file []byte) {
		z, err := NewReader(bytes.NewReader(file))
		std, stdErr := gzip.NewReader(bytes.NewReader(file))
		if (err == nil) != (stdErr == nil) {
			t.Fatalf("NewReader: %v, compress/gzip says %v", err, stdErr)
		}
		if err != nil {
			return
		}
		got, err := io.ReadAll(io.LimitReader(z, most))
		want, stdErr := io.ReadAll(io.LimitReader(std, most))
		if stdErr == nil && (err != nil || !bytes.Equal(got, want)) {
			t.Fatalf("got %d bytes and %v, compress/gzip %d", len(got), err, len(want))
		}
		if !bytes.HasPrefix(got, want) && !bytes.HasPrefix(want, got) {
			t.Fatalf("got %q, compress/gzip %q", got, want)
		}
		if err == nil && len(got) < most {
			padded, err := read(bytes.NewReader(append(bytes.Clone(file), 0, 0, 0)))
			if err != nil || padded != string(got) {
				t.Fatalf("padded with zeros: %d bytes and %v, want %d", len(padded), err, len(got))
			}
		}
	})
}
