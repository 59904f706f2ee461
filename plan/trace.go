package plan

import "fmt"

// Tracer is a Program that can say what a run is made of and how long each part
// takes. Devices need not have it; those of this module do.
type Tracer interface {
	// Trace is a Run, to the bit, that starts one launch when the one before has
	// ended, and returns when all have. Its spans are in the order of the launches.
	// Where a launch does the work of a step's epilogue too, the epilogue has none. After
	// them come the buckets of each AllSum, which are on a stream of their own.
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
	Stream      string    // that it ran on beside the Timeline's, "" for that
}

// Sums is the stream of the buckets of an AllSum.
const Sums = "sums"

// Hidden returns how long sums over processes were under way in a trace, in milliseconds, and
// the share of it in which the device computed: it did not wait at an AllSum.
func Hidden(spans []Span) (total, share float64) {
	end, waited := 0.0, 0.0
	for _, s := range spans {
		switch {
		case s.Stream == Sums: // in the order in which they were begun
			total += max(0, s.Start+s.Duration-max(s.Start, end))
			end = max(end, s.Start+s.Duration)
		case s.Kernel == AllSum.String():
			waited += s.Duration
		}
	}
	if total == 0 {
		return 0, 0
	}
	return total, max(0, 1-waited/total)
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
