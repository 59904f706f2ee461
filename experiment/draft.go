package experiment

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/sample"
)

// draft is a configuration that is being read: what each section says, by its path,
// before the tables have seen it. A section that is missing says nothing.
type draft struct {
	sections map[string]choice.Choice
}

// draftOf is what c says.
func draftOf(c *Config) *draft {
	d := &draft{map[string]choice.Choice{}}
	for _, s := range Sections() {
		d.sections[s.Path] = s.said(c)
	}
	return d
}

// set gives a key of a section a value.
func (d *draft) set(section, key string, v any) {
	c := d.sections[section]
	if c.Params == nil {
		c.Params = choice.Values{}
	}
	c.Params[key] = v
	d.replace(section, c)
}

// replace puts c in the place of all that a section says.
func (d *draft) replace(section string, c choice.Choice) {
	if d.sections == nil {
		d.sections = map[string]choice.Choice{}
	}
	d.sections[section] = c
}

// kind names the entry of a section. Where that is another than before, what only
// entries have is dropped: an entry takes nothing from the one it replaces.
func (d *draft) kind(s Section, kind string) (dropped []string) {
	c := d.sections[s.Path]
	was, wasKnown := s.Table.Find(c.Kind)
	if c.Kind == "" {
		was, wasKnown = s.Table.Find(s.Table.Default)
	}
	now, known := s.Table.Find(kind)
	c.Kind = kind
	if !wasKnown || !known || was != now {
		c = choice.Choice{Kind: kind, Params: maps.Clone(c.Params)}
		for _, name := range c.Params.Keys() {
			if len(s.Table.Takers(name)) > 0 {
				delete(c.Params, name)
				dropped = append(dropped, name)
			}
		}
	}
	d.replace(s.Path, c)
	return dropped
}

// process puts the parts of a named process in the place of the field section.
func (d *draft) process(name string) error {
	spec, err := field.Named(name)
	if err != nil {
		return err
	}
	var c Config
	c.Field = spec
	for _, s := range Sections() {
		if strings.HasPrefix(s.Path, fieldPath+".") {
			d.replace(s.Path, s.said(&c))
		}
	}
	return nil
}

// forgive drops keys that the entry of a section does not take and others do: earlier
// versions kept the keys of every sampler, and samplers passed over those of others. No
// network's input was scaled before there was a key for it.
func (d *draft) forgive() {
	if _, said := d.sections["model"].Params["sigma_data"]; !said {
		d.set("model", "sigma_data", 0.)
	}
	for _, s := range Sections() {
		c := d.sections[s.Path]
		e, ok := s.Table.Find(c.Kind)
		if !ok {
			continue
		}
		for _, name := range c.Params.Keys() {
			own := func(p choice.Param) bool { return p.Name == name }
			if len(s.Table.Takers(name)) > 0 && !slices.ContainsFunc(s.Table.Params(e), own) {
				delete(c.Params, name)
			}
		}
	}
}

// config is the configuration that d describes, every key spelt out, or all that can
// be seen to be wrong with it without the data.
func (d *draft) config() (*Config, choice.Faults) {
	c := &Config{}
	var faults choice.Faults
	sound := map[string]bool{}
	var proc *field.Process
	var err error
	for _, s := range Sections() {
		said := d.sections[s.Path]
		if strings.HasPrefix(s.Path, fieldPath+".") { // the parts of a process are read together
			s.keep(c, said)
			continue
		}
		if s.Path == "sample" && unnamed(said) {
			continue // when the process and the model are known
		}
		var usual choice.Values
		if s.Path == "model" { // every part of the field is known by now
			if proc, err = c.Field.Process(); err == nil {
				usual = scaling(proc)
			}
		}
		_, full, bad := s.Table.Resolve(s.Path, said, usual)
		s.keep(c, full)
		faults = append(faults, bad...)
		sound[s.Path] = len(bad) == 0
	}
	faults.Want(c.Batch%max(c.Accumulate, 1) == 0, "accumulate", c.Accumulate,
		"a divisor of the batch, "+choice.Format(c.Batch))
	faults = append(faults, undivided(c, 1)...)
	if sound["average"] {
		faults = append(faults, averaging(c.Average)...)
	}
	faults = append(faults, c.Eval.unscored()...)
	if sound["model"] {
		_, bad := model.New(c.Model, nil)
		faults = append(append(faults, bad.Under("model")...), unmeasured(c)...)
	}
	if err != nil {
		bad, _ := choice.FaultsOf(err)
		if said := d.sections["sample"]; unnamed(said) {
			_, _, more := sample.Samplers.Resolve("sample", choice.Choice{Params: said.Params}, nil)
			faults = append(faults, more...)
		}
		return c, append(faults, bad.Under(fieldPath)...)
	}
	c.Field = proc.Spec
	if said := d.sections["sample"]; unnamed(said) {
		bad := d.suited(c, proc, sound["model"] && c.Model.Params.Bool("clock"))
		faults = append(faults, bad...)
		sound["sample"] = len(bad) == 0
	}
	if sound["sample"] {
		faults = append(faults, sampling(c.Sample, proc).Under("sample")...)
		if sound["model"] {
			faults = append(faults, clockless(c)...)
			faults = append(faults, unlabelled(c).Under("sample")...)
		}
	}
	return c, faults
}

// unnamed reports whether a sample section leaves its sampler to the process.
func unnamed(said choice.Choice) bool { return said.Kind == "" || said.Kind == sample.Auto }

// suited chooses the sampler that suits the process, with what is said of it.
func (d *draft) suited(c *Config, p *field.Process, told bool) choice.Faults {
	s, _ := At("sample")
	said := d.sections[s.Path].Clone()
	said.Kind = ""
	suit, ok := sample.Suited(p, said, told)
	if ok {
		said.Kind = suit.Sampler
	}
	_, full, faults := s.Table.Resolve(s.Path, said, suit.Usual)
	s.keep(c, full)
	return faults
}

// sampling is what is wrong with drawing pictures as s says, which is better known
// before the training than after it.
func sampling(s sample.Spec, p *field.Process) choice.Faults {
	if faults := s.Check(); len(faults) > 0 {
		return faults
	}
	faults, ok := choice.FaultsOf(s.Fits(p))
	if err := s.Fits(p); err != nil && !ok {
		faults.Add("", choice.Other("a path with a fault"), err.Error())
	}
	return faults
}

// clockless is what is wrong with a sampler that cannot tell the field the time.
func clockless(c *Config) (faults choice.Faults) {
	if e, ok := sample.Samplers.Find(c.Sample.Sampler); ok && c.Model.Params.Bool("clock") && !e.Make.Clock {
		faults.Add("sample.sampler", c.Sample.Sampler, fmt.Sprintf(
			"one with a clock, like heun: %s has no time to tell a field with model.clock", c.Sample.Sampler))
	}
	return faults
}

// unlabelled is what is wrong with the classes that are to be drawn.
func unlabelled(c *Config) (faults choice.Faults) {
	s, classes, dropout := c.Sample, c.Model.Params.Int("classes"), c.Model.Params.Float("label_dropout")
	if classes == 0 {
		const none = ": the field is told no class, for model.classes is 0"
		faults.Want(len(s.Label) == 0, "label", s.Label, "none"+none)
		faults.Want(s.Compose == "", "compose", s.Compose, "nothing"+none)
		faults.Want(s.Guidance == 1, "guidance", s.Guidance, "1"+none)
		return faults
	}
	faults.Want(s.Compose == "" || len(s.Label) == 0, "compose", s.Compose,
		"nothing beside label: the field that is followed is of these classes or of that one")
	const unknown = ": training with model.label_dropout 0 shows no point without a class"
	label := func(key string, k int) {
		faults.Want(k < classes, key, k, fmt.Sprintf("a class below %d", classes))
		faults.Want(k >= 0 || dropout > 0, key, k, "a class"+unknown)
	}
	for _, k := range s.Label {
		label("label", k)
	}
	if composed, _, err := sample.Classes(s.Compose); err == nil {
		for _, k := range composed {
			label("compose", k)
		}
	}
	faults.Want(s.Guidance == 1 || dropout > 0, "guidance", s.Guidance, "1"+unknown)
	return faults
}
