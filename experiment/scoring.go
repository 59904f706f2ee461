package experiment

import "github.com/stillfield/stillfield/choice"

// Eval says what samples of the average are scored by while it is trained. It changes no bit of
// the training. What metrics and features there are, package eval knows: whoever computes the
// scores finds the faults of these names.
type Eval struct {
	Every    int    `yaml:"every"`
	Metrics  string `yaml:"metrics"`
	N        int    `yaml:"n"`
	Seed     uint64 `yaml:"seed"`
	Against  string `yaml:"against"`
	Features string `yaml:"features"`
	Keep     string `yaml:"keep"`
}

// evals is the section of [Eval].
var evals = choice.Table[any]{What: "key", Common: []choice.Param{
	{Name: "every", Default: 0, About: "steps between scores of the average's samples, 0 for none",
		In: choice.AtLeast(0, "steps")},
	{Name: "metrics", Default: "", Usual: "what suits the data",
		About: "what is computed, as eval --metrics has it: kid,prdc:k=3"},
	{Name: "n", Default: 1000, About: "points to draw for them", In: choice.Between(1, 1<<30, "points")},
	{Name: "seed", Default: uint64(0),
		About: "of the noise that these points start from, at every step the same"},
	{Name: "against", Default: "", Usual: "the test set of the data, or the data",
		About: "the data that they are held to"},
	{Name: "features", Default: "", Usual: "what suits the data",
		About: "what metrics of features compare"},
	{Name: "keep", Default: "", About: "a metric by whose first score the best checkpoint is kept, beside " +
		"the newest; none where empty"},
}}

// On reports whether anything is scored.
func (e Eval) On() bool { return e.Every > 0 }

// unscored is what is wrong with the scores that e asks for, as far as it is known here.
func (e Eval) unscored() (faults choice.Faults) {
	faults.Want(e.On() || e.Keep == "", "eval.keep", e.Keep,
		"none where eval.every is 0 and nothing is scored")
	return faults
}
