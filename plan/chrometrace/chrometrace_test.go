package chrometrace

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stillfield/stillfield/plan"
)

// The file has the metadata first and then the launches, in microseconds. One
// without a grid, a copy or a step of the CPU, has none in the file.
func TestWrite(t *testing.T) {
	var b bytes.Buffer
	l := plan.Timeline{Device: "cuda:0 X", Stream: "main stream", Clock: "its own"}
	err := Write(&b, "step 3", l, []plan.Span{
		{Step: 2, Op: "matmul(NN) net.in", Kernel: "gemm_f32", Grid: [3]uint32{4, 2, 1},
			Block: [3]uint32{128, 1, 1}, Shared: 512, Start: 0, Duration: .5},
		{Step: 3, Op: "assign", Kernel: "copy", Start: .5, Duration: 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{
	"otherData": {"title": "step 3", "device": "cuda:0 X", "clock": "its own"},
	"traceEvents": [
		{"name": "process_name", "ph": "M", "pid": 1, "tid": 1, "ts": 0, "args": {"name": "cuda:0 X"}},
		{"name": "process_labels", "ph": "M", "pid": 1, "tid": 1, "ts": 0, "args": {"labels": "its own"}},
		{"name": "thread_name", "ph": "M", "pid": 1, "tid": 1, "ts": 0, "args": {"name": "main stream"}},
		{"name": "gemm_f32", "ph": "X", "pid": 1, "tid": 1, "ts": 0, "dur": 500, "args":
			{"step": 2, "op": "matmul(NN) net.in", "grid": [4, 2, 1], "block": [128, 1, 1], "shared": 512}},
		{"name": "copy", "ph": "X", "pid": 1, "tid": 1, "ts": 500, "dur": 0,
			"args": {"step": 3, "op": "assign"}}]}`),
		&want); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space") }

func TestWriteFails(t *testing.T) {
	err := Write(full{}, "", plan.Timeline{}, nil)
	if err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("to a full disk: %v", err)
	}
	if err := Write(&bytes.Buffer{}, "", plan.Timeline{}, []plan.Span{{Start: math.NaN()}}); err == nil {
		t.Error("a time that is not a number: no error")
	}
}
