package main

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// sets are the instruction sets that kernels are written for.
var sets = []isa{avx512, avx2}

// usage is what a kernel must do with the memory behind a pointer, by the index of the float32: which
// elements it reads, and which it writes and how often. Anything more or less is a fault.
type usage struct {
	read, written []int
	times         int // 0 stands for 1
}

// elements is the indices of a matrix with stride elements from row to row.
func elements(rows, columns, stride int) []int {
	var all []int
	for r := range rows {
		for c := range columns {
			all = append(all, r*stride+c)
		}
	}
	return all
}

// base is where the memory of pointer i begins.
func base(i int) int64 { return int64(i+1) << 32 }

// cover runs a function with these integers as parameters and fields, and the memory of each pointer in
// pointers at its own base, and compares what it used with want. Pointers that are not in want may not be
// used at all.
func cover(f *function, integers map[string]int, pointers []string, words map[int64]int64,
	want map[string]usage) error {
	named := map[string]int64{}
	for name, x := range integers {
		named[name] = int64(x)
	}
	for i, p := range pointers {
		named[p] = base(i)
	}
	m := newMachine(named)
	maps.Copy(m.words, words)
	if err := m.run(decode(f)); err != nil {
		return fmt.Errorf("%s %v: %w", f.name, integers, err)
	}
	for i, p := range pointers {
		u := want[p]
		reads := used(m.reads, i)
		for e := range reads {
			reads[e] = 1
		}
		if err := same(reads, u.read, 1); err != nil {
			return fmt.Errorf("%s %v reads %s: %w", f.name, integers, p, err)
		}
		if err := same(used(m.writes, i), u.written, max(1, u.times)); err != nil {
			return fmt.Errorf("%s %v writes %s: %w", f.name, integers, p, err)
		}
	}
	if f.result != "" && len(m.results) != 1 {
		return fmt.Errorf("%s %v gives no result", f.name, integers)
	}
	return nil
}

// used is the part of accesses in the memory of pointer i, by element.
func used(accesses map[int64]int, i int) map[int]int {
	u := map[int]int{}
	for a, n := range accesses {
		if d := a - base(i); -1<<31 <= d && d < 1<<31 {
			u[int(d/4)] += n
		}
	}
	return u
}

// same reports the first difference between what was used and these elements, each so many times.
func same(got map[int]int, want []int, times int) error {
	for _, e := range want {
		if got[e] != times {
			return fmt.Errorf("element %d %d times, want %d", e, got[e], times)
		}
		delete(got, e)
	}
	for e, n := range got {
		return fmt.Errorf("element %d %d times, want none", e, n)
	}
	return nil
}

// stream is a kernel of n elements: which pointers it reads and writes, and which are lanes.
type stream struct {
	write                func(isa) *function
	read, written, lanes string
}

// streams are all kernels of n elements.
func streams() []stream {
	all := []stream{
		{beyond, "x", "", ""},
		{rowApply, "x gamma beta", "y", ""},
		{rowGrad, "dgamma dbeta dy x gamma", "dx dgamma dbeta", ""},
		{laneSum, "x", "", "acc"}, {laneDot, "x y", "", "acc"}, {laneMax, "x", "", "acc"},
		{laneExp, "x", "y", "acc"}, {laneMoments, "x", "", "s1 s2"}, {rowSums, "dy x gamma", "", "s1 s2"},
		{adam, "adamArgs_w adamArgs_m adamArgs_v adamArgs_avg adamArgs_grad",
			"adamArgs_w adamArgs_m adamArgs_v adamArgs_avg", ""},
		{average, "avg w", "avg", ""},
	}
	for _, p := range primitives {
		all = append(all, stream{p.function, []string{"", "a", "a b"}[p.operands], "dst", ""})
	}
	return all
}

// pointerParameters are the parameters of a function that are pointers.
func pointerParameters(f *function) []string {
	var names []string
	for _, p := range f.places {
		if p.kind[0] == '*' || p.kind == "unsafe.Pointer" {
			names = append(names, p.name)
		}
	}
	return names
}

// TestStreams runs every kernel of n elements at every n that takes another way through its loops, and
// holds it to reading and writing each element that it should, once, and no other.
func TestStreams(t *testing.T) {
	for _, set := range sets {
		for _, s := range streams() {
			f := s.write(set)
			pointers := pointerParameters(f)
			if f.params == "a *adamArgs" {
				pointers = strings.Fields(s.read)
			}
			for n := range 2*64 + 2*set.lanes + 2 { // AdamW and the like take 64 at once, reductions 64 lanes
				want, line := map[string]usage{}, elements(1, n, n)
				for _, p := range strings.Fields(s.written) {
					want[p] = usage{written: line}
				}
				for _, p := range strings.Fields(s.read) {
					want[p] = usage{read: line, written: want[p].written}
				}
				for _, p := range strings.Fields(s.lanes) {
					want[p] = usage{read: elements(1, 64, 64), written: elements(1, 64, 64)}
				}
				integers := map[string]int{"n": n, "adamArgs_n": n, "a": 0}
				if err := cover(f, integers, pointers, nil, want); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestDeletions: without any one of its scalar instructions a kernel of n elements is found to be wrong.
// The jump back to the loop of several vectors is left out: without it the tail does all, one vector at a
// time.
func TestDeletions(t *testing.T) {
	for _, set := range sets {
		whole := rowApply(set)
		for i, text := range whole.lines {
			if strings.HasSuffix(text, ":") || text[1] == 'V' || text == "\tRET" || text == "\tJMP main" {
				continue
			}
			f := *whole
			f.lines = append(append([]string{}, whole.lines[:i]...), whole.lines[i+1:]...)
			if coverRow(&f) == nil {
				t.Errorf("%s without line %d, %q: no n shows it", f.name, i, text)
			}
		}
	}
}

// coverRow is the first fault of a rowApply at any n.
func coverRow(f *function) error {
	for n := range 2*64 + 2*f.lanes + 2 {
		line := elements(1, n, n)
		r := usage{read: line}
		want := map[string]usage{"x": r, "gamma": r, "beta": r, "y": {written: line}}
		if err := cover(f, map[string]int{"n": n}, pointerParameters(f), nil, want); err != nil {
			return err
		}
	}
	return nil
}
