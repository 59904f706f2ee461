package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSignatures(t *testing.T) {
	for _, tt := range []struct {
		name, ptx string
		want      map[string]signature
	}{
		{"none", ".version 7.0\n.func f(.param .u32 a) { ret; }", map[string]signature{}},
		{"no parameters", ".entry a() { ret; } .visible .entry b { ret; }",
			map[string]signature{"a": nil, "b": nil}},
		{"sizes", ".entry k(.param .u64 a, .param .f32 b,\n\t.param .u8 c,.param .s16 d)",
			map[string]signature{"k": {8, 4, 1, 2}}},
		{"arrays", ".entry k(.param .align 8 .b8 s[24],.param .u64 .ptr .global .align 4 p)",
			map[string]signature{"k": {24, 8}}},
		{"comments", "// .entry x(.param .u32 a)\n/* .entry y( */.entry/**/k(.param .u32 a//),\n,.param .u64 b)",
			map[string]signature{"k": {4, 8}}},
		{"cut short", ".entry k(.param .u64 a, /* ", map[string]signature{"k": nil}},
		{"cut shorter", ".entry k", map[string]signature{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, signatures(tt.ptx)); diff != "" {
				t.Errorf("signatures (−want +got):\n%s", diff)
			}
		})
	}
}

func FuzzSignatures(f *testing.F) {
	f.Add(".entry k(.param .align 8 .b8 s[24],.param .u64 p) /* */ // .entry\n")
	f.Fuzz(func(t *testing.T, ptx string) {
		for name, sig := range signatures(ptx) {
			if len(sig) > len(ptx) {
				t.Errorf("kernel %q has %d parameters in %d bytes of text", name, len(sig), len(ptx))
			}
		}
	})
}
