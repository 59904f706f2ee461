package experiment

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// What a configuration may ask for. Sample numbers are counted in two float32,
// exact below 2⁴⁸ = MaxSteps·maxBatch.
const (
	MaxSteps   = 1 << 28
	maxBatch   = 1 << 20
	maxEvery   = 1 << 20 // steps between lines: the device keeps the losses of all of them
	maxWeights = 1 << 31
)

// Section is one section of a configuration: the table of what it may hold, and the
// path it stands at, "" for the keys outside any section.
type Section struct {
	Path  string
	Table choice.Table[any]
	part  func(c *Config) any // where a Config keeps it
}

// said is what c says in the section.
func (s Section) said(c *Config) choice.Choice {
	if spec, ok := s.part(c).(*sample.Spec); ok {
		return spec.Choice()
	}
	return choice.Gather(s.Table.Key, s.part(c))
}

// keep sets the section of c.
func (s Section) keep(c *Config, said choice.Choice) {
	if spec, ok := s.part(c).(*sample.Spec); ok {
		spec.Fill(said)
		return
	}
	said.Fill(s.Table.Key, s.part(c))
}

// fieldPath is the section whose parts are sections, and which the name of a process
// may stand for.
const fieldPath = "field"

// Sections lists the sections of a configuration in the order of a file. Flags, help,
// completion and what a run keeps are made from it.
func Sections() []Section { return sections() }

// sections is made once, when every table is whole.
var sections = sync.OnceValue(func() []Section {
	return []Section{
		{"", top.Section(), func(c *Config) any { return c }},
		{"data", datasets.Sources.Section(), func(c *Config) any { return &c.Data }},
		{"field.schedule", field.Schedules.Section(), func(c *Config) any { return &c.Field.Schedule }},
		{"field.target", field.Targets.Section(), func(c *Config) any { return &c.Field.Target }},
		{"field.prior", field.Priors.Section(), func(c *Config) any { return &c.Field.Prior }},
		{"field.weight", field.Weights.Section(), func(c *Config) any { return &c.Field.Weight }},
		{"model", model.Kinds.Section(), func(c *Config) any { return &c.Model }},
		{"optimizer", Optimizers.Section(), func(c *Config) any { return &c.Optimizer }},
		{"average", averages.Section(), func(c *Config) any { return &c.Average }},
		{"sample", sample.Samplers.Section(), func(c *Config) any { return &c.Sample }},
		{"log", logs.Section(), func(c *Config) any { return &c.Log }},
		{"diagnostics", diagnostics.Section(), func(c *Config) any { return &c.Diagnostics }},
		{"eval", evals.Section(), func(c *Config) any { return &c.Eval }},
	}
})

// At is the section at path.
func At(path string) (Section, bool) {
	for _, s := range Sections() {
		if s.Path == path {
			return s, true
		}
	}
	return Section{}, false
}

// top are the keys outside any section.
var top = choice.Table[any]{What: "key", Common: []choice.Param{
	{Name: "name", Default: "run", About: "names the run and its directory, runs/NAME",
		In: choice.Where(`the name of a directory, without / \ :`, validName)},
	{Name: "seed", Default: uint64(0), About: "of the weights, the order of the data, levels and noise"},
	{Name: "steps", Default: 1000, About: "optimizer steps in all, not more of them",
		In: choice.Between(1, MaxSteps, "")},
	{Name: "batch", Default: 128, About: "samples a step: as many as memory holds is seldom best",
		In: choice.Between(1, maxBatch, "samples")},
	{Name: "accumulate", Default: 1, Zero: "auto",
		About: "parts a batch is taken in: less memory, the same gradient to rounding; auto, which is 0, " +
			"is as few as the device has memory for, and what the run has begun with",
		In: choice.AtLeast(0, "parts, a divisor of the batch, or auto")},
	{Name: "reduce", Default: ReduceAuto, About: "how the gradients of a batch are added up over " +
		"processes: exact, with equal bits for any number of them; fast, as the library likes; auto is " +
		"exact where a launcher has started processes that compute on CPUs, else fast, and what the run " +
		"has begun with", In: choice.Words(ReduceAuto, ReduceExact, ReduceFast)},
	{Name: "leaves", Default: 8, About: "parts of a batch that reduce: exact adds in a fixed tree, each " +
		"the work of one process: as many as there may be processes",
		In: choice.Where("a power of 2, at most 4096", func(v int) bool {
			return 1 <= v && v <= 4096 && v&(v-1) == 0
		})},
	{Name: "device", Default: "auto",
		About: "what runs the plans: auto is the first GPU, or the CPU where there is none",
		In:    Devices},
	{Name: "workers", Default: 0,
		About: "CPU workers, and decoders of data, 0 for one each core: the result does not depend on it",
		In:    choice.Between(0, 1024, "")},
	{Name: "precision", Default: plan.Float32.String(), About: "what products round their operands to",
		In: choice.Words(precisions()...)},
}}

// logs is the section of [Log].
var logs = choice.Table[any]{What: "key", Common: []choice.Param{
	{Name: "every", Default: 10, About: "steps between lines of the log",
		In: choice.Between(1, maxEvery, "steps")},
	{Name: "pictures", Default: 0, About: "steps between sample grids, 0 for only at the end", In: orAtEnd},
	{Name: "checkpoint", Default: 1000, About: "steps between checkpoints, 0 for only at the end",
		In: orAtEnd},
	{Name: "keep", Default: 2, About: "how many of the newest checkpoints stay",
		In: choice.AtLeast(1, "checkpoint")},
	{Name: "compare", Default: 1000, About: "steps between comparisons of the weights of all processes, " +
		"which checkpoints make too, 0 for no others",
		In: choice.Where("steps, or 0 for only with checkpoints", func(v int) bool { return v >= 0 })},
}}

var orAtEnd = choice.Where("steps, or 0 for only at the end", func(v int) bool { return v >= 0 })

// validName reports whether s can be the name of a run's directory.
func validName(s string) bool {
	return s != "" && s != "." && s != ".." && utf8.ValidString(s) && !strings.ContainsAny(s, "/\\:\x00\n")
}

// precisions lists the names of plan's precisions.
func precisions() []string {
	var names []string
	for _, p := range plan.Precisions() {
		names = append(names, p.String())
	}
	return names
}
