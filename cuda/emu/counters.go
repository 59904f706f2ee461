package emu

import (
	"fmt"
	"maps"
	"slices"
)

// Counts say what the launches of one kernel did. They do not depend on the
// order of the schedule, unless the kernel's work does.
type Counts struct {
	Kernel      string
	Launches    uint64
	Grid, Block [3]uint32 // of the last launch
	Shared      uint32    // dynamic bytes of the last launch

	WarpInstructions   uint64
	ThreadInstructions uint64 // lanes whose guard held

	BytesRead, BytesWritten   uint64 // of device memory, as asked for by the lanes
	Loads, Stores             uint64 // warp accesses
	LoadSectors, StoreSectors uint64 // 32-byte sectors these touch
	Atomics                   uint64 // lanes

	SharedAccesses uint64 // warp accesses
	BankConflicts  uint64 // passes beyond the first

	FP32        uint64 // operations; a fused multiply-add is two
	TensorFLOPs uint64 // of mma; a multiply-add is two
}

func (c *Counts) add(o *Counts) {
	c.Launches++
	c.Grid, c.Block, c.Shared = o.Grid, o.Block, o.Shared
	c.merge(o)
}

// merge adds what another part of the same launch did.
func (c *Counts) merge(o *Counts) {
	c.WarpInstructions += o.WarpInstructions
	c.ThreadInstructions += o.ThreadInstructions
	c.BytesRead += o.BytesRead
	c.BytesWritten += o.BytesWritten
	c.Loads += o.Loads
	c.Stores += o.Stores
	c.LoadSectors += o.LoadSectors
	c.StoreSectors += o.StoreSectors
	c.Atomics += o.Atomics
	c.SharedAccesses += o.SharedAccesses
	c.BankConflicts += o.BankConflicts
	c.FP32 += o.FP32
	c.TensorFLOPs += o.TensorFLOPs
}

// Counts returns the counts of every kernel that has run since ResetCounts, by
// name. Work still pending on a stream has not run.
func (c *Context) Counts() []Counts {
	var out []Counts
	for _, k := range slices.Sorted(maps.Keys(c.counts)) {
		out = append(out, *c.counts[k])
	}
	return out
}

// ResetCounts forgets all counts.
func (c *Context) ResetCounts() { c.counts = map[string]*Counts{} }

// Findings returns what has been found so far, in order: all of it with
// Options.Collect, else what ended launches.
func (c *Context) Findings() []*Finding { return slices.Clone(c.findings) }

// maxFindings bounds what a collecting context keeps.
const maxFindings = 10000

// collect keeps a finding and says whether the work may go on in spite of it.
func (c *Context) collect(f *Finding) bool {
	c.collecting.Lock()
	defer c.collecting.Unlock()
	if len(c.findings) < maxFindings {
		c.findings = append(c.findings, f)
	}
	return c.opt.Collect
}

// found keeps a finding the host is to blame for; it is also the error of the
// call unless findings are collected.
func (c *Context) found(kind Kind, format string, args ...any) error {
	f := &Finding{Kind: kind, What: fmt.Sprintf(format, args...)}
	if c.collect(f) {
		return nil
	}
	return f
}
