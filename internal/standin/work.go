package standin

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Load is cuModuleLoadDataEx with an error log. image ends in a zero byte.
func (s *Standin) Load(image []byte) (m driver.Module, log string, r driver.Code) {
	r = s.with(func(p *primary) error {
		text := image[:len(image)-1]
		var err error
		if m, err = p.Load(text); err != nil {
			log = reason(err)
			return err
		}
		p.modules[m], err = signatures(string(text))
		return err
	})
	return m, log, r
}

// reason is what the log of a compiler would say of err.
func reason(err error) string {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return err.Error()
}

// Unload is cuModuleUnload.
func (s *Standin) Unload(m driver.Module) driver.Code {
	return s.with(func(p *primary) error {
		delete(p.modules, m)
		return p.Unload(m)
	})
}

// Function is cuModuleGetFunction.
func (s *Standin) Function(m driver.Module, name string) (f driver.Function, r driver.Code) {
	r = s.with(func(p *primary) (err error) {
		if f, err = p.Function(m, name); err == nil {
			p.functions[f] = p.modules[m][name]
		}
		return err
	})
	return f, r
}

// ParameterCount is cuFuncGetParamInfo for every parameter there is.
func (s *Standin) ParameterCount(f driver.Function) (n int) {
	n = -1
	s.with(func(p *primary) error {
		if sig, ok := p.functions[f]; ok {
			n = len(sig)
		}
		return nil
	})
	return n
}

// ParameterSize is cuFuncGetParamInfo of parameter i: its bytes.
func (s *Standin) ParameterSize(f driver.Function, i int) (bytes int, r driver.Code) {
	r = s.with(func(p *primary) error {
		sig := p.functions[f]
		if i < 0 || i >= len(sig) {
			return &driver.Error{Call: fmt.Sprintf("parameter %d of %d", i, len(sig)),
				Code:   driver.InvalidValue,
				Reason: "there is none"}
		}
		bytes = sig[i]
		return nil
	})
	return bytes, r
}

// FunctionAttribute is cuFuncGetAttribute.
func (s *Standin) FunctionAttribute(f driver.Function, a driver.FunctionAttribute) (v int, r driver.Code) {
	r = s.with(func(p *primary) (err error) { v, err = p.FunctionAttribute(f, a); return })
	return v, r
}

// SetFunctionAttribute is cuFuncSetAttribute.
func (s *Standin) SetFunctionAttribute(f driver.Function, a driver.FunctionAttribute, v int) driver.Code {
	return s.with(func(p *primary) error { return p.SetFunctionAttribute(f, a, v) })
}

// Launch is cuLaunchKernel: of each parameter exactly its bytes are read.
func (s *Standin) Launch(f driver.Function, grid, block [3]uint32, shared uint32, on driver.Stream,
	params unsafe.Pointer) driver.Code {
	return s.with(func(p *primary) error {
		sig := p.functions[f]
		args := make([]uint64, len(sig))
		if len(sig) > 0 {
			for i, from := range unsafe.Slice((*unsafe.Pointer)(params), len(sig)) {
				slot := unsafe.Slice((*byte)(unsafe.Pointer(&args[i])), 8)
				copy(slot, unsafe.Slice((*byte)(from), sig[i]))
			}
		}
		return p.Launch(f, grid, block, shared, on, args)
	})
}

// NewStream is cuStreamCreate.
func (s *Standin) NewStream() (on driver.Stream, r driver.Code) {
	r = s.with(func(p *primary) (err error) { on, err = p.NewStream(); return })
	return on, r
}

// FreeStream is cuStreamDestroy.
func (s *Standin) FreeStream(on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.FreeStream(on) })
}

// Synchronize is cuStreamSynchronize.
func (s *Standin) Synchronize(on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.Synchronize(on) })
}

// Wait is cuStreamWaitEvent.
func (s *Standin) Wait(on driver.Stream, e driver.Event) driver.Code {
	return s.with(func(p *primary) error { return p.Wait(on, e) })
}

// NewEvent is cuEventCreate.
func (s *Standin) NewEvent() (e driver.Event, r driver.Code) {
	r = s.with(func(p *primary) (err error) { e, err = p.NewEvent(); return })
	return e, r
}

// FreeEvent is cuEventDestroy.
func (s *Standin) FreeEvent(e driver.Event) driver.Code {
	return s.with(func(p *primary) error { return p.FreeEvent(e) })
}

// Record is cuEventRecord.
func (s *Standin) Record(e driver.Event, on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.Record(e, on) })
}

// SynchronizeEvent is cuEventSynchronize.
func (s *Standin) SynchronizeEvent(e driver.Event) driver.Code {
	return s.with(func(p *primary) error { return p.SynchronizeEvent(e) })
}

// Elapsed is cuEventElapsedTime.
func (s *Standin) Elapsed(start, end driver.Event) (ms float32, r driver.Code) {
	r = s.with(func(p *primary) error {
		v, err := p.Elapsed(start, end)
		ms = float32(v)
		return err
	})
	return ms, r
}

// BeginCapture is cuStreamBeginCapture in relaxed mode.
func (s *Standin) BeginCapture(on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.BeginCapture(on) })
}

// EndCapture is cuStreamEndCapture.
func (s *Standin) EndCapture(on driver.Stream) (g driver.Graph, r driver.Code) {
	r = s.with(func(p *primary) (err error) { g, err = p.EndCapture(on); return })
	return g, r
}

// Instantiate is cuGraphInstantiateWithFlags.
func (s *Standin) Instantiate(g driver.Graph) (x driver.GraphExec, r driver.Code) {
	r = s.with(func(p *primary) (err error) {
		x, err = p.Instantiate(g)
		p.spent[g] = true
		return err
	})
	return x, r
}

// FreeGraph is cuGraphDestroy. A graph that was instantiated is gone already;
// the seam has no other way to be rid of one, so the rest are instantiated now.
func (s *Standin) FreeGraph(g driver.Graph) driver.Code {
	return s.with(func(p *primary) error {
		if p.spent[g] {
			delete(p.spent, g)
			return nil
		}
		x, err := p.Instantiate(g)
		if err != nil {
			return err
		}
		return p.FreeGraph(x)
	})
}

// LaunchGraph is cuGraphLaunch.
func (s *Standin) LaunchGraph(x driver.GraphExec, on driver.Stream) driver.Code {
	return s.with(func(p *primary) error { return p.LaunchGraph(x, on) })
}

// FreeExec is cuGraphExecDestroy.
func (s *Standin) FreeExec(x driver.GraphExec) driver.Code {
	return s.with(func(p *primary) error { return p.FreeGraph(x) })
}
