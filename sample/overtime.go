package sample

import "github.com/stillfield/stillfield/choice"

var _ = add(choice.Entry[Method]{
	Name: "overtime", Example: "overtime:steps=50,overtime=100,stop_time=0.02",
	Paper: "after \"The geometry of noise\", arXiv 2602.18428: a blind flow arrives at the wrong time",
	About: "euler, and then descent by −f until ‖f‖ < stop or t̂ < stop_time: for blind velocity",
	Params: []choice.Param{
		{Name: "overtime", Default: 50, In: choice.Between(0, most, "updates"),
			About: "updates after the clock has stopped, of the length of euler's mean step"},
		stop, stopTime, readouts, end, grid},
	Make: Method{Registers: 1, Order: 1, Clock: true, Refuses: ofMotion, Valid: pointsToNoise,
		Path: overtime},
})

// overtime is euler from start to end and then, the clock stopped,
//
//	u ← u − η f(u),   η = (start − end)/steps
//
// A blind field points from data to noise wherever noise is left, so that points which
// were late when the clock stopped still arrive; stop and stop_time end those that have. One
// evaluation an update.
func overtime(r Recipe) func() Path {
	stages := r.stages(func(t, t1 float64) []Stage { return []Stage{r.eulerStage(1, t, t1)} })
	eta := (r.Start - r.End) / float64(r.Steps)
	for k := range r.Params.Int("overtime") {
		st := linear(1, r.End, 1, -eta)
		st.Step = r.Steps + k + 1
		stages = append(stages, st)
	}
	return alike(stages)
}
