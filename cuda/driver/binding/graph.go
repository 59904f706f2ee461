package binding

import (
	"runtime"

	"github.com/stillfield/stillfield/cuda/driver"
)

// BeginCapture implements driver.Context.
func (c *Context) BeginCapture(s driver.Stream) error {
	if err := c.enterOn("BeginCapture", s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if r := c.calls.BeginCapture(s); r != 0 {
		return c.fail(r, "BeginCapture")
	}
	return nil
}

// EndCapture implements driver.Context.
func (c *Context) EndCapture(s driver.Stream) (driver.Graph, error) {
	if err := c.enterOn("EndCapture", s); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	g, r := c.calls.EndCapture(s)
	if r != 0 {
		return 0, c.fail(r, "EndCapture")
	}
	c.live.add(graph, uint64(g), entry{})
	return g, nil
}

// Instantiate implements driver.Context. The graph is freed whether or not it
// could be instantiated.
func (c *Context) Instantiate(g driver.Graph) (driver.GraphExec, error) {
	if err := c.enter("Instantiate"); err != nil {
		return 0, err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("Instantiate", graph, uint64(g)); err != nil {
		return 0, err
	}
	x, r := c.calls.Instantiate(g)
	freed := c.calls.FreeGraph(g)
	c.live.remove(graph, uint64(g))
	if r != 0 {
		return 0, c.fail(r, "Instantiate")
	}
	c.live.add(exec, uint64(x), entry{})
	if freed != 0 {
		return 0, c.fail(freed, "Instantiate: free the captured graph")
	}
	return x, nil
}

// LaunchGraph implements driver.Context.
func (c *Context) LaunchGraph(g driver.GraphExec, s driver.Stream) error {
	if err := c.enterOn("LaunchGraph", s); err != nil {
		return err
	}
	defer runtime.UnlockOSThread()
	if err := c.known("LaunchGraph", exec, uint64(g)); err != nil {
		return err
	}
	if r := c.calls.LaunchGraph(g, s); r != 0 {
		return c.fail(r, "LaunchGraph")
	}
	return nil
}

// FreeGraph implements driver.Context.
func (c *Context) FreeGraph(g driver.GraphExec) error { return c.drop("FreeGraph", exec, uint64(g)) }
