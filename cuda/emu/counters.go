package emu

import (
	"fmt"
	"maps"
	"slices"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Counts returns the counts of every kernel that has run since ResetCounts, by
// name. Work still pending on a stream has not run.
func (c *Context) Counts() []driver.Counts {
	var out []driver.Counts
	for _, k := range slices.Sorted(maps.Keys(c.counts)) {
		out = append(out, *c.counts[k])
	}
	return out
}

// ResetCounts forgets all counts.
func (c *Context) ResetCounts() { c.counts = map[string]*driver.Counts{} }

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
