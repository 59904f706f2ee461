package safetensors

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// entries are the entries of n empty tensors, called by their numbers.
func entries(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
	}
	return b.String()
}

// Headers made to cost: each is read in the memory of its text and not much more,
// and what an error says of it is one short line.
func TestHostileHeaders(t *testing.T) {
	const long = 1 << 24
	x := strings.Repeat("x", long)
	tensor := `"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`
	for _, tt := range []struct {
		name, header string
		more         int // bytes that may be allocated beside the text
		want         string
	}{
		{"a million and a half of tensors", "{" + entries(1_600_000) + "}", 220 << 20,
			"more than 262145 members"},
		{"as many as there may be", "{" + entries(maxTensors) + "}", 220 << 20, ""},
		{"a name", `{"` + x + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 1 << 20,
			"want at most 4105 bytes"},
		{"a name of escapes", `{"` + strings.Repeat(`\u0061`, long/6) + `":1}`, 1 << 20,
			"want at most 4105 bytes"},
		{"a name that is just too long",
			`{"` + x[:maxName+1] + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`,
			1 << 20, "want a name of at most 4096 bytes"},
		{"the longest name", `{"` + x[:maxName] + `":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`,
			1 << 20, ""},
		{"a dtype", `{"a":{"dtype":"` + x + `"}}`, 1 << 20, "want at most 4096 bytes"},
		{"a member", `{"a":{"` + x[:maxName] + `":0}}`, 1 << 20, "unknown member"},
		{"a number", `{"a":{"shape":[` + strings.Repeat("1", long) + `]}}`, 1 << 20, "want an integer"},
		{"a word", `{"a":` + x + `}`, 1 << 20, "want an object"},
		{"a text for a tensor", `{"a":"` + x + `"}`, 1 << 20, "want an object"},
		{"brackets", `{"a":` + strings.Repeat("[", long) + `}`, 1 << 20, "got [, want an object"},
		{"braces", strings.Repeat(`{"a":`, long/5), 1 << 20, `unknown member "a"`},
		{"dimensions", `{"a":{"shape":[` + strings.Repeat("1,", long/2) + `1]}}`, 1 << 20,
			"more than 64 numbers"},
		{"spaces", "{" + tensor + "}" + strings.Repeat(" ", long), 1 << 20, ""},
		{"text behind", "{" + tensor + "}" + x, 1 << 20, "text after the closing }"},
		{"metadata", `{"__metadata__":{"k":"` + x + `"},` + tensor + `}`, 1 << 20, ""},
		{"metadata, unclosed", `{"__metadata__":{"k":"` + x, 1 << 20, "want the end of a string"},
		{"metadata's key", `{"__metadata__":{"` + x + `":""}}`, 1 << 20, "want at most 4105 bytes"},
		{"the header's checksum", `{"__metadata__":{"checksum":"crc32c:` + x + `"},` + tensor + `}`, 1 << 20,
			"checksum"},
		{"members of metadata", `{"__metadata__":{` + strings.Repeat(`"k":"",`, long/7) + `"k":""}}`, 1 << 20,
			"twice"},
	} {
		b := file(tt.header, 0)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := open(b)
		runtime.ReadMemStats(&after)
		if !says(err, tt.want) {
			t.Errorf("%s: got %.300v, want %q", tt.name, err, tt.want)
		}
		if err != nil && len(err.Error()) > 400 {
			t.Errorf("%s: an error of %d bytes", tt.name, len(err.Error()))
		}
		if got := int(after.TotalAlloc - before.TotalAlloc); got > len(tt.header)+tt.more {
			t.Errorf("%s: %d MB allocated beside a header of %d",
				tt.name, (got-len(tt.header))>>20, len(tt.header)>>20)
		}
	}
}
