package standin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSignatures(t *testing.T) {
	got, err := signatures(`.version 7.0
.target sm_80
.func f(.param .u32 a) { ret; } // .entry x(.param .u32 a)
.entry none() { ret; }
.visible .entry bare { ret; }
.entry sizes(.param .u64 a, .param .f32 b,
	.param .u8 c,.param .s16 d) { ret; }
.entry arrays(.param .align 8 .b8 s[24],.param .u64 .ptr .global .align 4 p) { ret; }
`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]signature{"none": nil, "bare": nil, "sizes": {8, 4, 1, 2}, "arrays": {24, 8}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signatures (−want +got):\n%s", diff)
	}
	if _, err := signatures(".entry k(.param .u64 a"); err == nil {
		t.Error("half a module has signatures")
	}
}
