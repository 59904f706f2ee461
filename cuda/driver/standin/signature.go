package standin

import (
	"strconv"
	"strings"
)

// signature is the size of each parameter of a kernel in bytes.
type signature []int

// signatures reads the parameters of every kernel in PTX that has loaded: what
// the API tells by cuFuncGetParamInfo and the engine's seam has no need of.
//
//	.visible .entry NAME ( .param .u64 a, .param .align 8 .b8 b[16] )
func signatures(ptx string) map[string]signature {
	sigs := make(map[string]signature)
	parts := strings.Split(uncomment(ptx), ".entry")
	for _, rest := range parts[1:] {
		end := strings.IndexAny(rest, "({;")
		if end < 0 {
			continue
		}
		name := strings.TrimSpace(rest[:end])
		sigs[name] = nil
		list, _, closed := strings.Cut(rest[end+1:], ")")
		if rest[end] != '(' || !closed || strings.TrimSpace(list) == "" {
			continue
		}
		for param := range strings.SplitSeq(list, ",") {
			sigs[name] = append(sigs[name], paramBytes(param))
		}
	}
	return sigs
}

// paramBytes returns the size of one parameter, 0 if it has no known type.
func paramBytes(param string) int {
	param, count, array := strings.Cut(param, "[")
	n := 1
	if array {
		n, _ = strconv.Atoi(strings.TrimSpace(strings.Trim(count, "] \t\n")))
	}
	for _, field := range strings.Fields(param) {
		if bits, ok := typeBits[field]; ok {
			return n * bits / 8
		}
	}
	return 0
}

var typeBits = map[string]int{
	".b8": 8, ".u8": 8, ".s8": 8,
	".b16": 16, ".u16": 16, ".s16": 16, ".f16": 16,
	".b32": 32, ".u32": 32, ".s32": 32, ".f32": 32, ".f16x2": 32,
	".b64": 64, ".u64": 64, ".s64": 64, ".f64": 64,
}

// uncomment replaces comments with spaces.
func uncomment(s string) string {
	var b strings.Builder
	for s != "" {
		line, block := strings.Index(s, "//"), strings.Index(s, "/*")
		var end string
		at := line
		switch {
		case line < 0 && block < 0:
			b.WriteString(s)
			return b.String()
		case line < 0 || block >= 0 && block < line:
			at, end = block, "*/"
		default:
			end = "\n"
		}
		b.WriteString(s[:at])
		b.WriteByte(' ')
		_, s, _ = strings.Cut(s[at+2:], end)
	}
	return b.String()
}
