package wholerun

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/cuda/emu"
	"github.com/stillfield/stillfield/experiment"
	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/model"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/sample"
)

// untrained is a field of random weights, none of them 0, so that every part of
// the network matters.
func untrained(t *testing.T, text string) (*experiment.Experiment, model.Trained) {
	t.Helper()
	c := parse(t, text)
	e, err := experiment.New(c, source(t, c).Info().Shape)
	if err != nil {
		t.Fatal(err)
	}
	theta := make([]float32, e.Params.Len)
	e.Params.Start(theta, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range theta {
		theta[i] += 0.1 * float32(rng.NormFloat64())
	}
	f, err := e.Trained(theta)
	if err != nil {
		t.Fatal(err)
	}
	return e, f
}

// flowed draws samples whose points stay on the device.
func flowed(t *testing.T, text string, d plan.Device, s sample.Spec) *sample.Result {
	t.Helper()
	e, f := untrained(t, text)
	x := sample.OnDevice(t.Context(), d, f, e.Point(), e.Precision())
	x.ReadBy(squash{})
	defer func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}()
	r, err := sample.Run(t.Context(), x, e.Process, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// squash is a readout that any field has.
type squash struct{}

func (squash) Time(s readout.Scalars) float64 { return (s.FF + s.UU) / (1 + s.FF + s.UU) }

// hosted draws the same samples with points in float64 on the host, and returns
// the norms of the field at all their evaluations, in order.
func hosted(t *testing.T, text string, d plan.Device, s sample.Spec) (*sample.Result, []float64) {
	t.Helper()
	e, f := untrained(t, text)
	evaluator, err := model.NewEvaluator(t.Context(), d, f, e.Point(), min(s.Batch, s.N), e.Precision())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := evaluator.Close(); err != nil {
			t.Error(err)
		}
	}()
	var norms []float64
	eval := func(dst, x []float32, n int) error {
		err := evaluator.Eval(dst, x, n)
		for p := range slices.Chunk(dst, e.Dim()) {
			sum := 0.
			for _, v := range p {
				sum += float64(v) * float64(v)
			}
			norms = append(norms, math.Sqrt(sum))
		}
		return err
	}
	h := sample.OnHost(sample.Single(eval), e.Dim())
	h.ReadBy(squash{})
	r, err := sample.Run(t.Context(), h, e.Process, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(norms)
	return r, norms
}

// flow is a path of seven points.
type flow struct {
	name, text string
	spec       sample.Spec
	stops      bool
}

// descents are paths on which points stop, whose steps are small, and of images.
func descents() (flows []flow) {
	for _, tt := range []struct {
		name, text, sampler string
		steps               int
		eta                 float64
		stops               bool
	}{
		{"gd that stops", rings, "gd", 30, 0.05, true},
		{"nag that stops", rings, "nag", 30, 0.05, true},
		{"steps below the last place", rings, "gd", 70, 1e-7, false},
		{"images", unet, "nag", 4, 0.05, false},
	} {
		s := sample.Defaults()
		s.Sampler, s.Steps, s.Eta = tt.sampler, tt.steps, tt.eta
		flows = append(flows, flow{tt.name, tt.text, s, tt.stops})
	}
	return flows
}

// everySampler is four steps of each sampler in the table, with what its example asks
// for, on the first process that it goes along.
func everySampler(t *testing.T) (flows []flow) {
	for _, e := range sample.Samplers.Entries {
		if e.Make.Part != sample.Whole {
			continue // on the host alone
		}
		c, err := choice.Parse(e.Example)
		if err != nil {
			t.Fatal(err)
		}
		_, full, faults := sample.Samplers.Resolve("", c, nil)
		if err := faults.Err(); err != nil {
			t.Fatal(err)
		}
		s := sample.Defaults()
		s.Fill(full)
		s.Steps = 4
		for name, v := range map[string]any{"tol": 0., "overtime": 3} {
			if _, ok := s.Params[name]; ok {
				s.Params[name] = v
			}
		}
		found := ""
		for _, process := range []string{"eqm", "fm", "ddpm", "edm"} {
			text := rings + "field: " + process + "\n"
			p, err := parse(t, text).Field.Process()
			if err != nil {
				t.Fatal(err)
			}
			if found == "" && s.Fits(p) == nil {
				found = text
			}
		}
		if found == "" {
			t.Errorf("%s goes along none of the processes", e.Name)
			continue
		}
		flows = append(flows, flow{e.Name, found, s, false})
		s.Given, s.Strength = &sample.Given{Points: []float32{.3, -1, .2, 0, 1, -.5},
			Free: []bool{true, false, true, true, false, true}}, 0.8
		flows = append(flows, flow{e.Name + " of a masked point", found, s, false})
	}
	return flows
}

// Points that stay on the device go where points on the host go, are evaluated
// as often, and depend on their numbers alone: to the bit, whatever the batch and
// whoever leaves it.
//
// With the field of the same device what differs is the rounding of each step's
// move, which a few hundred unit roundoffs of the largest coordinate cover; the
// field of another device differs by the roundings of its sums as well.
func TestFlow(t *testing.T) {
	const unit = 0x1p-24
	for _, tt := range append(descents(), everySampler(t)...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.spec
			s.N, s.Batch, s.Seed = 7, 7, 5
			d := onEmu(t, emu.Options{})
			if tt.stops { // half way, and well between two norms that occur
				_, norms := hosted(t, tt.text, d, s)
				k := len(norms) / 4
				for norms[k+1]-norms[k] < 1e-4*norms[k] {
					k++
				}
				s.Stop = (norms[k] + norms[k+1]) / 2
			}
			got := flowed(t, tt.text, d, s)
			same, _ := hosted(t, tt.text, d, s)
			other, _ := hosted(t, tt.text, onCPU(t), s)
			onHost := flowed(t, tt.text, onCPU(t), s)
			bySame, size := apart(got.X, same.X)
			byOther, _ := apart(got.X, other.X)
			byFlow, _ := apart(got.X, onHost.X)
			byOther = max(byOther, byFlow)
			t.Logf("%.2g units from the device's field with points in float64, %.2g from the CPU's; NFE %v",
				bySame/size/unit, byOther/size/unit, got.NFE)
			if bySame > 16*unit*size || byOther > 256*unit*size {
				t.Errorf("samples are %.2g and %.2g units from the host's, want at most 16 and 256",
					bySame/size/unit, byOther/size/unit)
			}
			if !slices.Equal(got.NFE, same.NFE) || !slices.Equal(got.NFE, other.NFE) ||
				!slices.Equal(got.NFE, onHost.NFE) || got.Stopped != same.Stopped {
				t.Errorf("evaluations %v, want %v and %v", got.NFE, same.NFE, other.NFE)
			}
			if stopped := got.Stopped; tt.stops && (stopped == 0 || stopped == s.N) {
				t.Errorf("%d of %d points stopped, want some", stopped, s.N)
			}
			for _, batch := range []int{1, 3} {
				s.Batch = batch
				r := flowed(t, tt.text, d, s)
				if !slices.Equal(r.X, got.X) || !slices.Equal(r.NFE, got.NFE) {
					t.Errorf("a batch of %d draws other samples than one of 7", batch)
				}
			}
		})
	}
}

// Steps that points choose by an error which the device finds lead where those lead that
// the host finds, to the tolerance, and are the points' own: any batch gives the same
// bits.
func TestFlowOfAdaptiveSteps(t *testing.T) {
	s := sample.Defaults()
	s.Sampler, s.N, s.Batch, s.End, s.Clean, s.Params = "rk45", 5, 5, 0.05, true, choice.Values{"tol": 1e-3}
	got := flowed(t, rings, onEmu(t, emu.Options{}), s)
	host := flowed(t, rings, onCPU(t), s)
	if far, size := apart(got.X, host.X); far > 20e-3*size {
		t.Errorf("samples of emu and CPU are %.3g apart, want at most 20 tolerances of %.3g", far, size)
	}
	s.Batch = 2
	again := flowed(t, rings, onEmu(t, emu.Options{}), s)
	if !slices.Equal(got.X, again.X) || !slices.Equal(got.NFE, again.NFE) {
		t.Errorf("evaluations %v in a batch of 5, %v in batches of 2; or other bits", got.NFE, again.NFE)
	}
}
