package bounded

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// wantError demands an error of one line that holds want.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line that says %q", err, want)
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, size := range []int{0, 1, 511, 512, 513, 1 << 20} {
		want := bytes.Repeat([]byte("x"), size)
		if err := os.WriteFile(path, want, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int64{int64(size), int64(size) + 1, 1 << 40} {
			if got, err := ReadFile(path, limit); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, limit %d: got %d, %v", size, limit, len(got), err)
			}
		}
		if size > 0 {
			_, err := ReadFile(path, int64(size)-1)
			wantError(t, err, "bytes, want at most")
			wantError(t, err, path)
		}
	}
}

// Twenty gigabytes of holes cost nothing.
func TestReadFileRefusesBeforeItReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(20 << 30); err != nil {
		t.Skip("no sparse files here: ", err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = ReadFile(path, 1<<20)
	runtime.ReadMemStats(&after)
	wantError(t, err, "got 21474836480 bytes, want at most 1048576")
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("allocated %d bytes", got)
	}
}

// A file that does not say its size is read to its end, and bounded as it comes.
func TestReadFileOfUnknownSize(t *testing.T) {
	const path = "/proc/self/status"
	st, err := os.Stat(path)
	if err != nil || st.Size() != 0 {
		t.Skip("no /proc here")
	}
	b, err := ReadFile(path, 1<<20)
	if err != nil || len(b) < 100 {
		t.Errorf("got %d bytes, %v", len(b), err)
	}
	_, err = ReadFile(path, 100)
	wantError(t, err, "got more than 100 bytes")
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ path, want string }{
		{dir, "got a directory, want a regular file"},
		{os.DevNull, "got a device, want a regular file"},
	} {
		f, _, err := Open(tt.path)
		wantError(t, err, tt.want)
		if f != nil {
			t.Errorf("%s: opened", tt.path)
		}
		_, err = ReadFile(tt.path, 100)
		wantError(t, err, tt.want)
	}
	if _, err := ReadFile(filepath.Join(dir, "absent"), 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

// Whatever a name holds, what an error says of it is short and of one line.
func TestQuote(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringN(70, 90, -1),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(rt, "s")
		q := Quote(s)
		if !utf8.ValidString(q) || len(q) > 10*most+40 || strings.ContainsFunc(q, unicode.IsControl) {
			rt.Fatalf("Quote(%q) = %s", s, q)
		}
		if name := Name(s); strings.ContainsFunc(name, unicode.IsControl) {
			rt.Fatalf("Name(%q) = %q", s, name)
		}
	})
	for _, tt := range []struct{ s, want string }{
		{"", `""`},
		{"a\x1b[2J", `"a\x1b[2J"`},
		{strings.Repeat("a", most), `"` + strings.Repeat("a", most) + `"`},
		{strings.Repeat("a", 99_000_000), `"` + strings.Repeat("a", most) + `"… (99000000 bytes)`},
		{strings.Repeat("ä", most), `"` + strings.Repeat("ä", most/2) + `"… (160 bytes)`},
		{"a" + strings.Repeat("ä", most), `"a` + strings.Repeat("ä", most/2-1) + `"… (161 bytes)`},
	} {
		if got := Quote(tt.s); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	for _, tt := range []struct{ path, want string }{
		{"my run/x.npy", "my run/x.npy"}, {"größe", "größe"},
		{"", `""`}, {"a\nb", `"a\nb"`}, {`a"b`, `"a\"b"`},
	} {
		if got := Name(tt.path); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}
