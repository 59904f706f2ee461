package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/comm"
	"github.com/stillfield/stillfield/comm/local"
)

// Rank 0 alone prints, for people and for programs, what every rank has found.
func TestComm(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out [3]bytes.Buffer
		err := local.Run(len(out), comm.Options{}, func(g *comm.Group) error {
			return tryLaunch(&out[g.Rank()], g, 16<<10, asJSON)
		})
		if err != nil || out[1].Len() > 0 || out[2].Len() > 0 {
			t.Fatalf("%v; ranks 1 and 2 print %q, %q", err, &out[1], &out[2])
		}
		text := out[0].String()
		if !asJSON {
			for _, want := range []string{"3 ranks: local", "\n2     ", "of the suite are right", "16 KiB"} {
				if !strings.Contains(text, want) {
					t.Errorf("printed %s\nwant %q in it", text, want)
				}
			}
			continue
		}
		var l trial
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if len(l.Ranks) != 3 || l.Ranks[2].Index != 2 || l.Cases == 0 {
			t.Errorf("got %+v", l)
		}
		if len(l.Sums) != 2 || l.Sums[1].Bytes != 16<<10 {
			t.Errorf("measured %+v, want 4 KiB and 16", l.Sums)
		}
	}
}

// Without a launcher comm says that there is one rank, and how there would be more.
func TestCommAlone(t *testing.T) {
	out := program(t, "comm").stdout
	for _, want := range []string{"1 ranks: solo", "mpirun -n 2 --bind-to none", "are right"} {
		if !strings.Contains(out, want) {
			t.Errorf("printed %s\nwant %q in it", out, want)
		}
	}
}

func TestRanges(t *testing.T) {
	for want, list := range map[string][]int{
		"": nil, "3": {3}, "0-3,8": {0, 1, 2, 3, 8}, "0,2,4-5": {0, 2, 4, 5},
	} {
		if got := ranges(list); got != want {
			t.Errorf("ranges of %v are %q, want %q", list, got, want)
		}
	}
}

// A collective that is overdue has an exit status of its own, however it is wrapped.
func TestOverdueStatus(t *testing.T) {
	late := fmt.Errorf("train: step 3: %w", &comm.Overdue{})
	if a, b := failure(late), failure(fmt.Errorf("else")); a != 70 || b != 1 {
		t.Errorf("statuses %d and %d, want 70 and 1", a, b)
	}
}
