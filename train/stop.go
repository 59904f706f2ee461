package train

import "github.com/stillfield/stillfield/experiment"

// stopping reports whether the run is to end after the present step: because this process was
// asked to, or because the processes have agreed.
func (r *trainer) stopping() bool {
	if r.many() {
		return r.stop
	}
	return r.asked.Err() != nil
}

// hear has the processes agree. The sum of a step's gradients also counts those that were
// asked to stop before it; the count is sent when the step is started and looked at when the
// next one has been, so that the device never waits for it: that one is the last.
func (r *trainer) hear() error {
	if !r.many() {
		return nil
	}
	if r.heard {
		var count [1]float32
		if err := r.prog.Receive(experiment.StateStop, count[:]); err != nil {
			return r.deviceFailed(err)
		}
		r.stop = count[0] > 0
	}
	r.heard = true
	if err := r.prog.Send(experiment.StateStop); err != nil {
		return r.deviceFailed(err)
	}
	return nil
}

// compares reports whether the weights of all processes are compared after step s.
func (r *trainer) compares(s int) bool { return r.many() && due(s, r.c.Log.Compare) }
