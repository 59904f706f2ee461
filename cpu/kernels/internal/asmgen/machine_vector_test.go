package main

import (
	"math/bits"
	"slices"
	"strings"
)

// vector follows which registers an instruction reads and writes, and what memory.
func (m *machine) vector(c line) {
	if c.name == "VZEROUPPER" {
		return
	}
	last := c.operands[len(c.operands)-1]
	cleared := strings.Contains(c.name, "XOR") && c.operands[0] == c.operands[1]
	for i, o := range c.operands {
		isLast := i == len(c.operands)-1
		if parse(o).kind != vector || cleared || isLast && !readsDestination(c) {
			continue
		}
		if !m.vectors[o[1:]] {
			panic("it reads " + o + ", which is undefined")
		}
	}
	for _, o := range c.operands {
		if parse(o).kind == memory {
			m.access(c, o, o == last)
		}
	}
	switch {
	case parse(last).kind == vector:
		m.vectors[last[1:]] = true
		if !m.isMaskTable(c) {
			delete(m.masks, last[1:])
		}
	case parse(last).kind == mask:
		delete(m.k, last)
	}
}

// readsDestination: the destination of a fused multiply-add is an operand, and a mask that does not clear
// keeps lanes.
func readsDestination(c line) bool {
	n := len(c.operands)
	masked := n > 2 && parse(c.operands[n-2]).kind == mask
	return masked && !strings.HasSuffix(c.name, ".Z") && c.name != "VBLENDMPS" ||
		strings.HasPrefix(c.name, "VFM") || strings.HasPrefix(c.name, "VFN") ||
		strings.HasPrefix(c.name, "VPTERNLOGD")
}

// isMaskTable says whether an instruction loads a vector from a table of masks.
func (m *machine) isMaskTable(c line) bool {
	o := c.operands[0]
	if c.name != "VMOVUPS" || parse(o).kind != memory || parse(o).parts[2] != "" {
		return false
	}
	return m.address(o) >= 1<<49
}

// access notes what a vector instruction reads at or writes to the memory operand o.
func (m *machine) access(c line, o string, store bool) {
	if name := parse(o).parts[2]; name != "" {
		if store {
			m.results[name] = struct{}{}
		}
		return // a constant, a parameter or a field
	}
	a, n := m.address(o), m.width(c)
	if m.isMaskTable(c) {
		for _, t := range maskTables {
			if a >= t.at && a < t.at+1<<20 {
				lanes := make([]bool, n)
				for i := range lanes {
					lanes[i] = a+4*int64(i) < t.at+t.half
				}
				m.masks[c.operands[1][1:]] = lanes
			}
		}
		return
	}
	set := m.lanesOf(c, n)
	for i := range n {
		switch at := a + 4*int64(i); {
		case !set(i):
		case store:
			m.writes[at]++
		default:
			m.reads[at]++
		}
	}
}

// width is how many float32 an instruction reads or writes in memory.
func (m *machine) width(c line) int {
	if strings.Contains(c.name, "BROADCAST") || strings.HasSuffix(c.name, ".BCST") {
		return 1
	}
	n := 0
	for _, o := range c.operands {
		if parse(o).kind == vector && n == 0 {
			n = 4 << strings.Index("XYZ", o[:1])
		}
	}
	if strings.HasPrefix(c.name, "VINSERTF") {
		return 4
	}
	return n
}

// lanesOf says which lanes an access is for.
func (m *machine) lanesOf(c line, n int) func(i int) bool {
	isMask := func(o string) bool { return parse(o).kind == mask }
	k := slices.IndexFunc(c.operands[:len(c.operands)-1], isMask)
	switch {
	case c.name == "VMASKMOVPS":
		r := c.operands[1]
		lanes, known := m.masks[r[1:]]
		if !known || len(lanes) < n {
			panic(r + " holds no mask")
		}
		return func(i int) bool { return lanes[i] }
	case k >= 0:
		bitsSet, known := m.k[c.operands[k]]
		if !known || bits.Len64(bitsSet) > 16 {
			panic(c.operands[k] + " holds no mask")
		}
		return func(i int) bool { return bitsSet>>i&1 == 1 }
	}
	return func(int) bool { return true }
}
