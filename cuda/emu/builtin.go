package emu

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// builtins are the functions that the driver defines and a module only declares.
var builtins = map[string]func(w *warp, in *inst, lane int, args []uint64) uint64{
	"vprintf":      (*warp).printf,
	"__assertfail": (*warp).assertFail,
}

// callBuiltin decodes a call of one of builtins, made lane by lane.
func (d *decoder) callBuiltin(name string, c callStmt) {
	f := builtins[name]
	formal := d.mod.Module.ByName[name]
	in, out := d.actual(c.params, formal.Params), d.actual(c.rets, formal.Results)
	d.in.kind = kindEffect
	d.p.atomics = true // what is printed is in the order of the blocks
	d.in.do = func(w *warp, in2 *inst, mask uint32) {
		args := make([]uint64, len(in))
		for i := range lanes {
			if mask>>i&1 == 0 || w.l.err != nil {
				continue
			}
			for k, a := range in {
				args[k] = w.passed(a, i)
			}
			r := f(w, in2, i, args)
			for _, a := range out {
				if a.rowTo {
					w.setLane(a.row, a.wide, i, r)
				} else {
					storeBits(unsafe.Pointer(&w.frame[i*w.l.prog.frameBytes+a.to]), uint8(a.n), r)
				}
			}
		}
	}
}

// actual pairs operands with the parameters of a function that has no code.
func (d *decoder) actual(ops []ptx.Operand, formal []*ptx.Variable) (out []paramCopy) {
	if len(ops) != len(formal) {
		d.fail("got %d parameters, want %d", len(ops), len(formal))
	}
	for i, o := range ops {
		n := formal[i].Bytes
		t := map[int]ptx.Type{4: ptx.B32, 8: ptx.B64}[n]
		if t == ptx.NoType {
			d.fail("parameter %s has %d bytes, want 4 or 8", formal[i].Name, n)
		}
		c := paramCopy{n: n}
		if o.Kind == ptx.VariableOperand && o.Variable.Space == ptx.Param && o.Variable.Bytes == n {
			c.from, c.to = d.place.frame[o.Variable], d.place.frame[o.Variable]
		} else {
			c.row, c.wide = d.atLeast(o, t, false)
			c.rowFrom, c.rowTo = true, true
		}
		out = append(out, c)
	}
	return out
}

// passed is an argument of a call as a lane passes it.
func (w *warp) passed(c paramCopy, lane int) uint64 {
	if c.rowFrom {
		return w.getLane(c.row, c.wide, lane)
	}
	return loadBits(unsafe.Pointer(&w.frame[lane*w.l.prog.frameBytes+c.from]), uint8(c.n))
}

// peek returns n bytes at a generic address of a lane, nil if they are not there.
func (w *warp) peek(lane int, addr, n uint64) []byte {
	at := addr & windowMask
	var from []byte
	switch addr >> windowLog {
	case sharedWindow >> windowLog:
		from = w.b.shared[:w.b.sharedN]
	case localWindow >> windowLog:
		size := w.l.prog.localBytes
		from = w.local[lane*size : (lane+1)*size]
	default:
		a := w.l.mem.find(addr)
		if a == nil || !a.holds(addr, n) {
			return nil
		}
		from, at = a.data, addr-a.start
	}
	if at > uint64(len(from)) || n > uint64(len(from))-at {
		return nil
	}
	return from[at : at+n]
}

// text is the string at an address.
func (w *warp) text(in *inst, lane int, addr uint64) string {
	var s strings.Builder
	for ; ; addr++ {
		b := w.peek(lane, addr, 1)
		if b == nil {
			w.report(OutOfBounds, lane, in, "reads a string at %#x, which has no end", addr)
			return s.String()
		}
		if b[0] == 0 {
			return s.String()
		}
		s.WriteByte(b[0])
	}
}

// assertFail is what a failed assert calls: message, file, line, function, and the
// size of a character.
func (w *warp) assertFail(in *inst, lane int, args []uint64) uint64 {
	if len(args) < 4 {
		w.report(Trap, lane, in, "an assertion failed")
		return 0
	}
	w.report(Trap, lane, in, "assertion %s failed at %s:%d in %s", w.text(in, lane, args[0]),
		w.text(in, lane, args[1]), args[2], w.text(in, lane, args[3]))
	return 0
}

// printf writes its format with the arguments at an address, each aligned to its
// size, to Options.Print, and returns how many there were.
func (w *warp) printf(in *inst, lane int, args []uint64) uint64 {
	if len(args) != 2 {
		return ^uint64(0)
	}
	format, at, count := w.text(in, lane, args[0]), args[1], uint64(0)
	next := func(size uint64) uint64 {
		at = (at + size - 1) &^ (size - 1)
		b := w.peek(lane, at, size)
		if b == nil {
			w.report(OutOfBounds, lane, in, "reads argument %d of a printf at %#x", count, at)
			return 0
		}
		at, count = at+size, count+1
		return loadBits(unsafe.Pointer(&b[0]), uint8(size))
	}
	out := w.l.ctx.opt.Print
	if out == nil {
		out = io.Discard
	}
	for format != "" && w.l.err == nil {
		i := strings.IndexByte(format, '%')
		if i < 0 {
			i = len(format)
		}
		fmt.Fprint(out, format[:i])
		if format = format[i:]; format == "" {
			break
		}
		n := 1 + len(format[1:]) - len(strings.TrimLeft(format[1:], "-+ #0123456789.*"))
		m := n + len(format[n:]) - len(strings.TrimLeft(format[n:], "hlLqjzt"))
		if m == len(format) {
			break
		}
		flags := format[1:n]
		for strings.Contains(flags, "*") {
			flags = strings.Replace(flags, "*", fmt.Sprint(int32(next(4))), 1)
		}
		size := uint64(4)
		if strings.ContainsAny(format[n:m], "lqjzt") {
			size = 8
		}
		verb := format[m]
		format = format[m+1:]
		fmt.Fprint(out, w.conversion(in, lane, flags, verb, size, next))
	}
	return count
}

// conversion is one argument of a printf as text.
func (w *warp) conversion(in *inst, lane int, flags string, verb byte, size uint64,
	next func(uint64) uint64) string {
	switch verb {
	case '%':
		return "%"
	case 'd', 'i':
		return fmt.Sprintf("%"+flags+"d", int64(next(size)<<(64-8*size))>>(64-8*size))
	case 'u':
		return fmt.Sprintf("%"+flags+"d", next(size))
	case 'x', 'X', 'o':
		return fmt.Sprintf("%"+flags+string(verb), next(size))
	case 'c':
		return fmt.Sprintf("%"+flags+"c", rune(next(4)))
	case 'p':
		return fmt.Sprintf("%#x", next(8))
	case 's':
		return fmt.Sprintf("%"+flags+"s", w.text(in, lane, next(8)))
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if !strings.Contains(flags, ".") {
			flags += ".6"
		}
		return fmt.Sprintf("%"+flags+string(verb), math.Float64frombits(next(8)))
	}
	return ""
}
