package plan

import "fmt"

// Tracer is a Program that can say what a run is made of and how long each part
// takes. Devices need not have it; those of this module do.
type Tracer interface {
	// Trace is a Run, to the bit, that starts one launch when the one before has
	// ended, and returns when all have. Its spans are in the order of the launches.
	// Where a launch does the work of a step's epilogue too, the epilogue has none.
	Trace() ([]Span, error)
	// Timeline says what the spans of Trace are of.
	Timeline() Timeline
}

// Span is one launch as the device saw it.
type Span struct {
	Step        int       // index into Plan.Steps
	Op          string    // of the step: its Title, and that of an epilogue done with it
	Kernel      string    // what was launched
	Grid, Block [3]uint32 // of the launch; zero on devices without such
	Shared      uint32    // bytes of dynamic shared memory
	Start       float64   // milliseconds from the first launch
	Duration    float64   // milliseconds, the launch's overhead included
}

// Timeline is what one must know to read spans: who ran them, and whose times
// they are.
type Timeline struct {
	Device string // its name
	Stream string // of the device: where the launches follow one another
	Clock  string // what measured the times, and what they leave out
}

// Title is the operator of step s, or how many instructions its chain has, and
// what the step is for.
func (p *Plan) Title(s int) string {
	st := &p.Steps[s]
	title := st.Op.String()
	if st.Chain != nil {
		title = fmt.Sprintf("chain of %d", len(st.Chain.Code))
	}
	if st.Epilogue != NoEpilogue {
		title = st.Epilogue.String()
	}
	if st.Name != "" {
		title += " " + st.Name
	}
	return title
}
