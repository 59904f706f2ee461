package sample

import (
	"image/gif"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/field/readout"
	"github.com/stillfield/stillfield/format/npy"
	"github.com/stillfield/stillfield/format/safetensors"
	"github.com/stillfield/stillfield/plan"
	"pgregory.net/rapid"
)

// Whoever records paths changes no bit of a sample, and each path ends where its sample
// is, after as many frames as it took evaluations: whichever points leave beside it.
func TestRecorderOnlyReads(t *testing.T) {
	const dim = 3
	f, eval := labelled(dim)
	p := method(t, "fm")
	for name, x := range map[string]Executor{"host": seer(OnHost(eval, dim)), "cpu": compiled(t, f, dim)} {
		rapid.Check(t, func(rt *rapid.T) {
			s := anySpec(rt)
			if err := s.Fits(p); err != nil {
				rt.Skip(err)
			}
			k := rapid.IntRange(1, s.N).Draw(rt, "paths")
			want, err := Run(t.Context(), x, p, s, nil)
			if err != nil {
				rt.Fatal(err)
			}
			r, err := Record(x, p, s, k)
			if err != nil {
				rt.Fatal(err)
			}
			got, err := Run(t.Context(), r, p, s, nil)
			if err != nil {
				rt.Fatal(err)
			}
			tr, err := r.Trajectory()
			if err != nil {
				rt.Fatal(err)
			}
			if !slices.Equal(got.X, want.X) || !slices.Equal(got.NFE, want.NFE) {
				rt.Fatalf("%s: recorded, the samples are others", name)
			}
			for i := range tr.Tracks {
				q := &tr.Tracks[i]
				end := q.U[len(q.U)-dim:]
				if len(q.T) != got.NFE[i]+1 || len(q.U) != dim*len(q.T) ||
					!slices.Equal(end, got.X[i*dim:(i+1)*dim]) {
					rt.Fatalf("%s: path %d has %d frames and ends at %v, want %d and %v", name, i, len(q.T),
						end, got.NFE[i]+1, got.X[i*dim:(i+1)*dim])
				}
			}
		})
	}
}

// A path is where the field was asked: along f(u) = u, gd is at (1−η)^k u₀ at stage k, and
// ‖f‖ is ‖u‖ there.
func TestPathOfDescent(t *testing.T) {
	const dim, steps, eta = 2, 12, .05
	p := method(t, "eqm")
	s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Eta = "gd", 5, 2, steps, eta })
	x := OnHost(Single(well), dim)
	r, err := Record(x, p, s, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), r, p, s, nil); err != nil {
		t.Fatal(err)
	}
	tr, err := r.Trajectory()
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.Look(x, 4); err != nil {
		t.Fatal(err)
	}
	norms := tr.Curves()[0].Values
	for i := range tr.Tracks {
		u0 := start(s.Seed, i, dim)
		for k := range steps { // gd makes steps − 1 updates
			shrink := math.Pow(1-eta, float64(k))
			for d, v := range tr.Tracks[i].U[k*dim : (k+1)*dim] {
				if want := shrink * float64(u0[d]); math.Abs(float64(v)-want) > 1e-6 {
					t.Errorf("sample %d, frame %d: u[%d] = %v, want %v", i, k, d, v, want)
				}
			}
			if want := shrink * norm(u0); math.Abs(norms[i][k]-want) > 1e-6 {
				t.Errorf("sample %d, frame %d: ‖f‖ = %v, want %v", i, k, norms[i][k], want)
			}
		}
	}
}

// What is seen along a path is of the draw's field, told the class of the sample; its
// energies are those of its points; and none of it depends on the batch.
func TestAlongAPath(t *testing.T) {
	const dim = 5
	f, slope, energy, _ := hilly(dim)
	p := method(t, "eqm")
	s := with(func(s *Spec) { s.Sampler, s.N, s.Batch, s.Steps, s.Eta = "nag", 7, 4, 9, .03 })
	x := compiled(t, f, dim)
	r, err := Record(x, p, s, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), r, p, s, nil); err != nil {
		t.Fatal(err)
	}
	tr, err := r.Trajectory()
	if err != nil {
		t.Fatal(err)
	}
	var before *Trajectory
	for _, batch := range []int{1, 4, 64} {
		if err := tr.Look(x, batch); err != nil {
			t.Fatal(err)
		}
		if err := tr.Energies(t.Context(), onCPU(t), f, []int{dim}, plan.Float32, batch); err != nil {
			t.Fatal(err)
		}
		tr.Read(doubled{})
		if before != nil {
			for i := range tr.Tracks {
				if !slices.Equal(tr.Tracks[i].Seen, before.Tracks[i].Seen) ||
					!slices.Equal(tr.Tracks[i].Energy, before.Tracks[i].Energy) {
					t.Errorf("%d at a time: sample %d is seen otherwise", batch, i)
				}
			}
		}
		before = &Trajectory{dim, slices.Clone(tr.Tracks)}
	}
	q := tr.query()
	want := make([]float64, len(q.Y))
	if err := slope(want, q); err != nil {
		t.Fatal(err)
	}
	for i := range tr.Tracks {
		for k, seen := range tr.Tracks[i].Seen {
			u := q.Y[:dim]
			exact := readout.Of(u, want[:dim])
			if g := float64(tr.Tracks[i].Energy[k]); math.Abs(seen.UF-exact.UF) > 1e-5 ||
				math.Abs(seen.FF-exact.FF) > 1e-5 || math.Abs(g-energy(u)) > 1e-5 ||
				tr.Tracks[i].Noise[k] != 2*seen.FF {
				t.Errorf("sample %d, frame %d: %+v and energy %v, want %+v and %v", i, k, seen, g, exact,
					energy(u))
			}
			q.Y, want = q.Y[dim:], want[dim:]
		}
	}
}

// doubled is a readout that anyone can check.
type doubled struct{}

func (doubled) Time(s readout.Scalars) float64 { return 2 * s.FF }

// What is written: arrays in which a path that has ended stays where it is, and an
// animation whose last frame is where all have ended.
func TestTrajectoryFiles(t *testing.T) {
	for _, tt := range []struct {
		point  []int
		frames int
		movie  bool
	}{
		{[]int{2}, 3, true}, {[]int{2, 2, 1}, 100, true},
		{[]int{2, 2, 3}, 1, true}, {[]int{2, 2, 2}, 4, false},
	} {
		dim, dir := plan.Size(tt.point), t.TempDir()
		tr := &Trajectory{Dim: dim, Tracks: []Track{path(dim, tt.frames), path(dim, 1)}}
		movie, err := tr.Write(dir, Output{Point: tt.point})
		if err != nil {
			t.Fatal(err)
		}
		a, err := npy.ReadFile(filepath.Join(dir, pathFile))
		if err != nil {
			t.Fatal(err)
		}
		last := a.Data[len(a.Data)-2*dim:]
		if !slices.Equal(a.Shape, append([]int{tt.frames, 2}, tt.point...)) ||
			last[0] != float32(tt.frames-1)/100 || last[dim] != 0 {
			t.Errorf("%v: shape %v, ends at %v", tt.point, a.Shape, last)
		}
		f, err := safetensors.Open(filepath.Join(dir, curvesFile))
		if err != nil {
			t.Fatal(err)
		}
		norms, err := f.Float32("norm")
		length, bad := f.Float32("frames")
		if bad != nil || !slices.Equal(length, []float32{float32(tt.frames), 1}) {
			t.Errorf("%v: frames %v, %v", tt.point, length, bad)
		}
		f.Close()
		if err != nil || len(norms) != 2*tt.frames || norms[0] != float32(math.Sqrt(float64(dim))) {
			t.Errorf("%v: norms %v, %v", tt.point, norms, err)
		}
		if (movie != "") != tt.movie {
			t.Errorf("%v: the animation is %q", tt.point, movie)
		}
		if tt.movie {
			animated(t, movie, min(tt.frames, movieFrames))
		}
	}
}

// path has so many frames, u = 0, 0.01, … in each coordinate, and f = 1.
func path(dim, frames int) (p Track) {
	for q := range frames {
		for range dim {
			p.U = append(p.U, float32(q)/100)
		}
		p.T, p.Seen = append(p.T, math.NaN()), append(p.Seen, readout.Scalars{FF: 1})
	}
	return p
}

// animated reads an animation of so many frames.
func animated(t *testing.T, path string, frames int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := gif.DecodeAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Image) != frames || g.Delay[frames-1] != movieRest {
		t.Errorf("%s: %d frames, the last for %d, want %d and %d", path, len(g.Image), g.Delay[frames-1],
			frames, movieRest)
	}
	if frames > 1 && g.LoopCount != 0 {
		t.Errorf("%s: shown %d times, want for ever", path, g.LoopCount)
	}
	if first, last := g.Image[0].Pix, g.Image[frames-1].Pix; frames > 1 && slices.Equal(first, last) {
		t.Errorf("%s: nothing moves", path)
	}
}

// Paths that cannot be recorded, or were not to their end.
func TestRecordFaults(t *testing.T) {
	p, s := method(t, "fm"), with(func(s *Spec) { s.N = 4 })
	x := OnHost(Single(well), 2)
	for _, k := range []int{0, 5} {
		if _, err := Record(x, p, s, k); err == nil {
			t.Errorf("%d paths of %d samples", k, s.N)
		}
	}
	r, err := Record(x, p, s, 2)
	if err != nil {
		t.Fatal(err)
	}
	const want = "sample: Recorder: sample 0 was not drawn to its end"
	if _, err := r.Trajectory(); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := Look(x, Query{}, 3); err == nil {
		t.Error("looked at no point")
	}
}
