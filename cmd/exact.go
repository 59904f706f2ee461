package cmd

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/datasets"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field"
	"github.com/stillfield/stillfield/field/exact"
	"github.com/stillfield/stillfield/geometry"
	"github.com/stillfield/stillfield/run"
	"github.com/stillfield/stillfield/sample"
)

// exactFlags are the flags of sample that are for exact fields alone.
type exactFlags struct {
	data    string
	clock   bool
	law     bool
	process overrides
}

// exactProcess are the flags of sample that name the parts of an exact field's process, and
// exactNames all that are for an exact field alone.
var (
	exactProcess = []string{"schedule", "target", "prior", "weight"}
	exactNames   = append([]string{"clock", "law", "field"}, exactProcess...)
)

func (o *exactFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&o.data, "exact", "", "follow the exact field of these data, no run: a .json file "+
		"as of geometry point, or a data set like digits or rings:dim=8")
	c.Flags().BoolVar(&o.clock, "clock", false, "tell the field the time")
	c.Flags().BoolVar(&o.law, "law", false, "of the law that the points of a data set were drawn from, in "+
		"closed form, not of these points: rings or gaussians")
	o.process.kind(c, "field", "field", "a process by its name", field.Processes.Section())
	for _, name := range exactProcess {
		s, ok := experiment.At("field." + name)
		if !ok {
			panic("cmd: the configuration has no such section")
		}
		o.process.kind(c, name, s.Path, s.Table.What+", and its keys like "+example(s.Table), s.Table)
	}
	under(c, "Flags of --exact", exactNames...)
}

// knownData is data with an exact field.
type knownData struct {
	name   string // with what tells it from others
	word   string // for a directory
	law    exact.Law
	point  []int // the shape of a point
	behind []float32
	plane  *[2][]float64
}

// readKnown reads what --exact names: a file of a law in closed form, or a data set or,
// where drawn says so, the law that its points were drawn from.
func readKnown(text string, drawn bool) (*knownData, error) {
	if strings.EqualFold(filepath.Ext(text), ".json") {
		law, fingerprint, err := geometry.ReadData(text)
		if err != nil {
			return nil, err
		}
		if drawn {
			return nil, &choice.Fault{Path: "law", Got: "true", Want: "none with a file, which has one"}
		}
		word := strings.TrimSuffix(filepath.Base(text), filepath.Ext(text))
		k := &knownData{name: text + " " + fingerprint, word: word, law: law, point: []int{law.Dim()}}
		if m, ok := law.(exact.Mixture); ok {
			k.behind = flat(m)
		}
		return k, nil
	}
	c, err := choice.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("exact: %w", err)
	}
	src, err := datasets.Open(c)
	if faults, ok := choice.FaultsOf(err); ok {
		return nil, faults.Under("exact").Err()
	} else if err != nil {
		return nil, err
	}
	info := src.Info()
	k := &knownData{name: c.String() + " " + info.Fingerprint, word: info.Name, point: info.Shape.Point()}
	points, err := geometry.OfSource(src)
	if err != nil {
		return nil, err
	}
	if k.law = points; drawn {
		k.name, k.word = "law of "+k.name, k.word+"-law"
		if k.law, err = geometry.LawOf(src); err != nil {
			return nil, err
		}
	}
	if !info.Image {
		k.behind = flat(points)
	}
	if l, ok := src.(datasets.Planar); ok {
		k.plane = (*[2][]float64)(l.Basis())
	}
	return k, nil
}

// flat is the points of m, one after another.
func flat(m exact.Mixture) (all []float32) {
	for _, x := range m.Points {
		for _, v := range x {
			all = append(all, float32(v))
		}
	}
	return all
}

// manyAtoms is from how many points on distances come from a product of matrices.
const manyAtoms = 512

// field is the exact field of k under p.
func (k *knownData) field(p *field.Process) (geometry.Known, error) {
	m, ok := k.law.(exact.Mixture)
	if !ok || m.Weights != nil || len(m.Points) < manyAtoms {
		return exact.New(p, k.law)
	}
	return exact.NewDataset(p, m)
}

// check refuses flags that are for runs, with what they ask for.
func (o *exactFlags) check(c *cobra.Command, args []string) error {
	var faults choice.Faults
	if len(args) > 0 {
		faults.Add("exact", o.data, "no run or checkpoint beside it, or no --exact")
	}
	for _, name := range []string{"device", "precision", "workers", "weights", "average", "with"} {
		if c.Flags().Changed(name) {
			faults.Add(name, c.Flag(name).Value.String(), "none with --exact: its field is computed on the "+
				"host, in float64, on all cores")
		}
	}
	return faults.Err()
}

// refuse refuses flags that are for exact fields where a run is drawn from.
func (o *exactFlags) refuse(c *cobra.Command) error {
	var faults choice.Faults
	for _, name := range exactNames {
		if c.Flags().Changed(name) {
			faults.Add(name, c.Flag(name).Value.String(),
				"none without --exact: a run has a field of its own")
		}
	}
	return faults.Err()
}

// runExact draws from the exact field of known data.
func runExact(c *cobra.Command, o *sampleFlags, args []string) error {
	if err := o.exact.check(c, args); err != nil {
		return err
	}
	set := append(o.exact.process.assignments(c), o.assignments(c)...)
	if o.exact.clock {
		set = append(set, "model.clock=true")
	}
	cfg, err := experiment.Parse("configuration", nil, set)
	if err != nil {
		return err
	}
	if kind, needed := cfg.Sample.Reads(); needed && kind != sample.Auto && kind != sample.Posterior {
		return &choice.Fault{Path: "readout", Got: choice.Show(kind),
			Want: "auto or posterior with --exact, whose field says what t may be"}
	}
	k, err := readKnown(o.exact.data, o.exact.law)
	if err != nil {
		return err
	}
	p, err := cfg.Field.Process()
	if err != nil {
		return err
	}
	origin := k.origin(p, o.exact.clock)
	given, err := o.given.give(&cfg.Sample, k.point)
	if err != nil {
		return err
	}
	out := o.out
	if out == "" {
		sum := sha256.Sum256([]byte(origin.Exact + origin.Field + origin.Model))
		out = filepath.Join("exact", fmt.Sprintf("%s-%s-%s-%x", k.word, p.Schedule.Name, p.Target.Name,
			sum[:4]), cfg.Sample.Name()+given)
	}
	part, out, err := o.shard.part(out, cfg.Sample.N, o.trajectory)
	if err != nil || part.empty {
		return err
	}
	if err := errors.Join(spared(out, run.Describe, o.given.from, o.given.mask), o.trajectory.check(out),
		readyFor(out, k.point)); err != nil {
		return err
	}
	a, err := k.field(p)
	if err != nil {
		return err
	}
	logrus.WithFields(logrus.Fields{"data": k.name, "field": p.String()}).Info("sampling the exact field")
	if text := farFromData(cfg.Sample, p); text != "" {
		logrus.Warn(text)
	}
	x := geometry.OnHost(c.Context(), a, p, o.exact.clock)
	opt := sample.Output{Point: k.point, Origin: o.given.said(origin, cfg.Sample),
		Singles: o.singles, Shard: part.Shard, Behind: k.behind, Projection: k.plane}
	if err := drawnExact(c, x, p, cfg.Sample, out, opt); err != nil || o.trajectory.samples == 0 {
		return err
	}
	return o.trajectory.write(c.Context(), x, p, cfg.Sample, out, opt, alongExact(c.Context(), a))
}

// origin is what samples of the exact field of k are drawn with.
func (k *knownData) origin(p *field.Process, clock bool) sample.Origin {
	o := sample.Origin{Exact: k.name, Field: p.String(), Model: "exact field, blind", Precision: "float64",
		Device: "host", Version: version()}
	if clock {
		o.Model = "exact field, told the time"
	}
	return o
}

// drawnExact is drawn, and says how many samples met a datum.
func drawnExact(c *cobra.Command, x *geometry.Follower, p *field.Process, s sample.Spec, out string,
	opt sample.Output) error {
	err := drawn(c, x, p, s, out, opt, nil)
	if n := x.Arrived(); n > 0 {
		logrus.Warnf("%d of the samples came to lie on a datum, where f* has no value: it is taken as "+
			"the field of that datum alone, which holds a sample there", n)
	}
	return err
}
