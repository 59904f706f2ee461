package emu

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/stillfield/stillfield/cuda/emu/ptx"

	"github.com/stillfield/stillfield/cuda/driver"
)

// kernel is a function handle; its program is shared.
type kernel struct {
	prog    *program
	module  driver.Module
	dynamic int // bytes of dynamic shared memory allowed
}

// maxImage bounds the text of a module.
const maxImage = 64 << 20

// Load parses PTX, decodes every kernel in it and puts its variables in device
// memory. Everything that cannot run is an error that names line and text.
func (c *Context) Load(image []byte) (driver.Module, error) {
	call := fmt.Sprintf("Load %d bytes", len(image))
	if err := c.ready(call); err != nil {
		return 0, err
	}
	image = bytes.TrimRight(image, "\x00")
	if bytes.HasPrefix(image, []byte("\x7fELF")) || len(image) > maxImage {
		return 0, fail(200, call, "the emulator runs PTX text of at most %d bytes, not cubins", maxImage)
	}
	m, err := ptx.Parse(string(image))
	if err != nil {
		return 0, fail(driver.InvalidPTX, call, "%v", err)
	}
	if newest := maxPTX(c.opt.Version); m.Version > newest {
		return 0, fail(222, call, "PTX %d.%d, the driver understands up to %d.%d",
			m.Version/10, m.Version%10, newest/10, newest%10)
	}
	switch cc := 10*c.opt.Major + c.opt.Minor; {
	case m.Target > cc:
		return 0, fail(209, call, "PTX for sm_%d, the device is sm_%d", m.Target, cc)
	case m.Only && m.Target < cc:
		return 0, fail(209, call, "PTX for sm_%da alone, the device is sm_%d", m.Target, cc)
	}
	l := &loadedModule{Module: m, id: c.handle(), vars: map[string]*ptx.Variable{},
		at: map[*ptx.Variable]uint64{}, programs: map[string]*program{}, checked: map[string]bool{}}
	if err := c.placeModule(call, l); err != nil {
		return 0, err
	}
	for _, f := range m.Funcs {
		if !f.Entry || !f.Defined {
			continue
		}
		if l.programs[f.Name], err = l.build(f); err != nil {
			c.unplace(l)
			return 0, fail(driver.InvalidPTX, call, "%v", err)
		}
	}
	c.modules[driver.Module(l.id)] = l
	return driver.Module(l.id), nil
}

// placeModule allocates and initialises the variables of a module.
func (c *Context) placeModule(call string, l *loadedModule) error {
	for _, v := range l.Module.Vars {
		l.vars[v.Name] = v
		if v.Space != ptx.Global && v.Space != ptx.Constant {
			continue
		}
		if v.Extern {
			return fail(driver.InvalidPTX, call, "line %d: variable %s is extern and nowhere defined",
				v.Line, v.Name)
		}
		a := c.mem.alloc(uint64(v.Bytes))
		if a == nil {
			c.unplace(l)
			return fail(driver.OutOfMemory, call, "no room for variable %s of %d bytes", v.Name, v.Bytes)
		}
		a.name, a.module, a.readonly = v.Name, l.id, v.Space == ptx.Constant
		clear(a.data)
		copy(a.data, v.Initial)
		a.full = true
		l.at[v] = a.start
		l.owned = append(l.owned, a)
	}
	for _, v := range l.Module.Vars {
		for _, r := range v.Relocations {
			var to uint64
			if t := l.vars[r.Name]; t != nil {
				to = l.at[t]
			} else if f := l.ByName[r.Name]; f != nil && f.Defined && !f.Entry {
				to = l.address(f)
			}
			if to == 0 {
				c.unplace(l)
				return fail(driver.InvalidPTX, call, "line %d: no variable %s", r.Line, r.Name)
			}
			a := c.mem.find(l.at[v])
			binary.LittleEndian.PutUint64(a.data[r.Offset:], to+uint64(r.Addend))
		}
	}
	return nil
}

// unplace frees the variables of a module.
func (c *Context) unplace(l *loadedModule) {
	for _, a := range l.owned {
		c.mem.free(a)
	}
}

// Unload frees a module, its variables and functions.
func (c *Context) Unload(m driver.Module) error {
	if err := c.ready("Unload"); err != nil {
		return err
	}
	l := c.modules[m]
	if l == nil {
		return fail(driver.InvalidHandle, "Unload", "no module %d", m)
	}
	c.unplace(l)
	delete(c.modules, m)
	for k := range c.idle {
		if k.prog.mod == l {
			delete(c.idle, k)
		}
	}
	for h, f := range c.funcs {
		if f.module == m {
			delete(c.funcs, h)
		}
	}
	return nil
}

// Function finds a kernel of a module.
func (c *Context) Function(m driver.Module, name string) (driver.Function, error) {
	call := "Function " + name
	if err := c.ready(call); err != nil {
		return 0, err
	}
	l := c.modules[m]
	if l == nil {
		return 0, fail(driver.InvalidHandle, call, "no module %d", m)
	}
	p := l.programs[name]
	if p == nil {
		var names []string
		for _, f := range l.Module.Funcs {
			if f.Entry {
				names = append(names, f.Name)
			}
		}
		return 0, fail(driver.NotFound, call, "no such kernel; the module has %s", strings.Join(names, ", "))
	}
	p.analyse()
	h := driver.Function(c.handle())
	c.funcs[h] = &kernel{prog: p, module: m, dynamic: max(0, 48<<10-p.sharedReal)}
	return h, nil
}

// FunctionAttribute returns an attribute. Registers is what the PTX declares in
// 32-bit units, at most 255; an assembler needs fewer.
func (c *Context) FunctionAttribute(f driver.Function, a driver.FunctionAttribute) (int, error) {
	call := fmt.Sprintf("FunctionAttribute %d", a)
	if err := c.ready(call); err != nil {
		return 0, err
	}
	k := c.funcs[f]
	if k == nil {
		return 0, fail(driver.InvalidHandle, call, "no function %d", f)
	}
	switch a {
	case driver.MaxThreadsPerBlock:
		return k.prog.maxThreads, nil
	case driver.StaticSharedBytes:
		return k.prog.sharedReal, nil
	case driver.LocalBytes:
		return k.prog.localBytes, nil
	case driver.Registers:
		return min(255, int(k.prog.rowBytes-firstRow)/(4*lanes)), nil
	case driver.MaxDynamicSharedSize:
		return k.dynamic, nil
	}
	return 0, fail(driver.InvalidValue, call, "unknown attribute")
}

// SetFunctionAttribute sets MaxDynamicSharedSize; the others cannot be set.
func (c *Context) SetFunctionAttribute(f driver.Function, a driver.FunctionAttribute, v int) error {
	call := fmt.Sprintf("SetFunctionAttribute %d to %d", a, v)
	if err := c.ready(call); err != nil {
		return err
	}
	k := c.funcs[f]
	if k == nil {
		return fail(driver.InvalidHandle, call, "no function %d", f)
	}
	limit := sharedOptin(c.opt.Major, c.opt.Minor) - k.prog.sharedReal
	if a != driver.MaxDynamicSharedSize || v < 0 || v > limit {
		return fail(driver.InvalidValue, call, "want dynamic shared memory from 0 to %d bytes", limit)
	}
	k.dynamic = v
	return nil
}
