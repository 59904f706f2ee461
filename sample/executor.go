package sample

import "github.com/stillfield/stillfield/field/readout"

// Executor holds a batch of points and takes them through stages. It knows
// nothing of stops or of how far a path has come: Draw tells it what to do, and
// what it tells Draw is a number for each point. So it can be a device that keeps
// the points to itself (Compiled), or the host in float64 (Host).
//
// Points are numbered 0, 1, … within the batch. The field of a point must not
// depend on the points beside it.
type Executor interface {
	// Dim is how many coordinates a point has.
	Dim() int
	// Reserve prepares for batches of at most n points of that form. Beginning and
	// moving them allocates nothing once each size of batch has occurred.
	Reserve(form Form, n int) error
	// Begin replaces the batch by points u, one after another, with memories 0.
	Begin(u []float64) error
	// Step takes point i through rows[i], one row for each point. It may return
	// before that is done.
	Step(rows []Row) error
	// Norms sets norms to ‖f‖ of each point at the last stage: not finite where the
	// point or its field is not.
	Norms(norms []float64) error
	// Errors sets norms to ‖s‖ of the last register s of each point, where the form has
	// Error.
	Errors(norms []float64) error
	// Scalars sets s to what is seen of each point and its field at the last stage, where
	// the form has Scalars.
	Scalars(s []readout.Scalars) error
	// Times sets t to t̂ of each point at the last stage, where the form has Scalars. It is
	// an error, for no points too, where there is nothing to read it with.
	Times(t []float64) error
	// Asked copies y of the last stage, where the field was asked, for the points of
	// those numbers, in order.
	Asked(y []float32, points []int) error
	// Points copies the points of those numbers, in order.
	Points(u []float32, points []int) error
	// Refill replaces the points of those numbers by points u, one after another in that
	// order, with memories 0. The numbers ascend.
	Refill(points []int, u []float64) error
	// Hold sets the coordinates that are held of points of those numbers, where the form is
	// Masked: three arrays, see holds.
	Hold(points []int, of [holds][]float32) error
	// Rows is how many evaluations a stage of the present batch is: one for each point,
	// and those of rows that no point is in.
	Rows() int
	// Keep drops all points but those of the given numbers, in order, which are
	// 0, 1, … from now on.
	Keep(points []int) error
	// Ahead is how many stages Draw may start before it looks at the norms, where no
	// point can stop: an executor that works on its own then seldom waits for Draw.
	Ahead() int
}

// Form is what all stages of a batch have in common.
type Form struct {
	Registers int    // R of Stage
	Noise     bool   // whether Set has a column for fresh noise
	Error     bool   // whether ‖s‖ of the last register is kept for Errors
	Part      Part   // what is followed of the field
	Scalars   bool   // whether y·y and y·f are found, for Scalars and Times
	Masked    bool   // whether some coordinates are held: see holds
	Moments   bool   // whether stages have a Rate and a Least, for 3 registers
	Seed      uint64 // of that noise
}

// Row is what one point does at one stage.
type Row struct {
	*Stage
	Sample uint64  // the number of the sample whose noise z is
	Draw   uint32  // which of the sample's z this is: one for each stage
	Label  float64 // what the field is told, where it takes a label

	Known, Noise float64 // a and b of what is held, in a form that is Masked
}

// columns is how many coefficients a row has: those of y, then those of each
// register, then Rate and Least, and Known and Noise, where they are wanted.
func (f Form) columns() int {
	n := f.held()
	if f.Masked {
		n += 2
	}
	return n
}

// held is where Known and Noise are.
func (f Form) held() int {
	if f.Moments {
		return f.moves() + 2
	}
	return f.moves()
}

// moves is where the coefficients of the linear moves end.
func (f Form) moves() int { return f.Registers + f.Registers*f.terms() }

// terms is how many a register is set to the sum of.
func (f Form) terms() int {
	if f.Noise {
		return f.Registers + 2
	}
	return f.Registers + 1
}

// fits reports a stage that is not of this form.
func (f Form) fits(st *Stage) bool {
	ok := len(st.Ask) == f.Registers && len(st.Set) == f.Registers && (!f.Moments || f.Registers == 3)
	for _, row := range st.Set {
		ok = ok && len(row) == f.terms()
	}
	return ok
}
