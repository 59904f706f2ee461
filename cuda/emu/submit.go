package emu

import (
	"encoding/binary"
	"fmt"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Launch enqueues a kernel. Its arguments are read now, its work is done when
// the stream is synchronised.
func (c *Context) Launch(f driver.Function, grid, block [3]uint32, shared uint32,
	s driver.Stream, args []uint64) error {
	confined := c.takeConfined()
	q, err := c.stream("Launch", s)
	if err != nil {
		return err
	}
	k := c.funcs[f]
	if k == nil {
		return fail(driver.InvalidHandle, "Launch", "no function %d", f)
	}
	p := k.prog
	call := fmt.Sprintf("Launch %s grid %d block %d", p.name, grid, block)
	if err := k.check(call, grid, block, shared, len(args)); err != nil {
		return err
	}
	params := make([]byte, p.paramBytes+8)
	var word [8]byte
	for i, v := range p.params {
		if v.Bytes > 8 {
			return fail(driver.InvalidValue, call, "parameter %d has %d bytes, an argument has one word", i,
				v.Bytes)
		}
		binary.LittleEndian.PutUint64(word[:], args[i])
		copy(params[p.paramAt[i]:], word[:v.Bytes])
	}
	o := &operation{what: "kernel " + p.name, kernels: 1, bounds: confined}
	o.uses = func(a *allocation) bool {
		for _, v := range args8(p, params) {
			if v >= a.start && v < a.start+a.size {
				return true
			}
		}
		return a.module == uint64(k.module)
	}
	o.run = func(o *operation) error { return c.execute(o, p, grid, block, shared, params) }
	if q.capture == nil {
		if err := c.countLaunch(o); err != nil {
			return err
		}
	}
	return c.enqueue(q, o)
}

// args8 lists the parameters that could be pointers.
func args8(p *program, params []byte) (out []uint64) {
	for i, v := range p.params {
		if v.Bytes == 8 {
			out = append(out, binary.LittleEndian.Uint64(params[p.paramAt[i]:]))
		}
	}
	return out
}

// check holds a launch against the limits of the device and the kernel.
func (k *kernel) check(call string, grid, block [3]uint32, shared uint32, args int) error {
	p := k.prog
	limits := [3]uint32{1<<31 - 1, 65535, 65535}
	threads := uint64(1)
	for i := range 3 {
		if grid[i] == 0 || grid[i] > limits[i] || block[i] == 0 || block[i] > [3]uint32{1024, 1024, 64}[i] {
			return fail(driver.InvalidValue, call, "a dimension is 0 or beyond the device's limit")
		}
		threads *= uint64(block[i])
	}
	blocks := uint64(grid[0]) * uint64(grid[1]) * uint64(grid[2])
	switch {
	case threads > uint64(p.maxThreads):
		return fail(driver.InvalidValue, call, "%d threads in a block, the kernel takes %d",
			threads, p.maxThreads)
	case blocks > 1<<30:
		return fail(driver.InvalidValue, call, "%d blocks, the emulator takes 2^30", blocks)
	case int(shared) > k.dynamic:
		return fail(driver.InvalidValue, call, "%d bytes of dynamic shared memory, the kernel may have %d",
			shared, k.dynamic)
	case args != len(p.params):
		return fail(driver.InvalidValue, call, "%d arguments, the kernel takes %d", args, len(p.params))
	}
	return nil
}

// countLaunch counts a launch and injects the faults that are due.
func (c *Context) countLaunch(o *operation) error {
	c.launches++
	if c.launches == c.opt.LoseDevice {
		c.dead = fail(driver.DeviceLost, fmt.Sprintf("launch %d", c.launches), "the device is lost: injected")
		return c.dead
	}
	o.fail = c.launches == c.opt.FailLaunch
	return nil
}

// execute runs a launch whose turn has come.
func (c *Context) execute(o *operation, p *program, grid, block [3]uint32, dynamic uint32,
	params []byte) error {
	if o.fail {
		return fail(driver.LaunchFailed, o.what, "unspecified launch failure: injected")
	}
	l := &launch{
		ctx: c, prog: p, grid: grid, block: block, threads: block[0] * block[1] * block[2],
		dynamic: dynamic, dynAt: p.dynamicAt(), params: params, op: o, mem: c.mem, bounds: o.bounds,
		checked: !c.opt.Unchecked, late: c.opt.Land, limit: c.opt.MaxInstructions,
		count: &driver.Counts{Kernel: p.name, Launches: 1, Grid: grid, Block: block, Shared: dynamic},
	}
	blocks := uint64(grid[0]) * uint64(grid[1]) * uint64(grid[2])
	l.tag, l.safe = c.stamp(o, blocks)
	l.sched = newScheduler(c.opt.Order, c.opt.Seed, uint64(l.tag))
	o.bounds.begin()
	err := l.run()
	if c.counts[p.name] == nil {
		c.counts[p.name] = &driver.Counts{Kernel: p.name}
	}
	c.counts[p.name].Add(l.count)
	return err
}
