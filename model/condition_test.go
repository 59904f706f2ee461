package model

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// told is all that a network can be told.
var told = Condition{Clock: true, Classes: 3}

// twin is net with a condition.
func twin(t *testing.T, net Network, c Condition) Network {
	t.Helper()
	switch n := net.(type) {
	case MLP:
		n.Condition = c
		return n
	case UNet:
		n.Condition = c
		return n
	case DiT:
		n.Condition = c
		return n
	}
	t.Fatalf("%T: no twin", net)
	return nil
}

// evaluated is f at points of that shape, by the definition of every operator.
func evaluated(t *testing.T, f Trained, point []int, n int, in map[string][]float32) []float64 {
	t.Helper()
	p, err := f.Plan(t.Context(), n, point, plan.Float32)
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	if err := f.Write(g); err != nil {
		t.Fatal(err)
	}
	for name, x := range in {
		if _, ok := p.Port(name); ok {
			if err := g.Write(name, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	y, err := g.Data("f")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(y)
}

// A conditional twin has every weight of the blind network and more. While the
// layers that modulate are zero, as they start, it is the blind network, to the bit;
// with other weights there it differs, and by what each point is told.
func TestTwin(t *testing.T) {
	for _, c := range tiny {
		t.Run(fmt.Sprint(c.net), func(t *testing.T) {
			net := twin(t, c.net, told)
			blind, both := declare(t, c.net, c.point), declare(t, net, c.point)
			w, v := make([]float32, blind.Len), make([]float32, both.Len)
			for i := range w {
				w[i] = float32(.3 * math.Cos(float64(i)))
			}
			both.Start(v, 2)
			for _, q := range blind.List {
				i := slices.IndexFunc(both.List, func(p Param) bool { return p.Name == q.Name })
				if i < 0 || !slices.Equal(both.List[i].Shape, q.Shape) {
					t.Fatalf("the twin has no %s %v", q.Name, q.Shape)
				}
				copy(v[both.List[i].Offset:], w[q.Offset:q.Offset+q.Size()])
			}
			field := func(net Network, p *Params, w []float32) Trained {
				f, err := With(Plain(net), p, "weights", w)
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
			const n = 3
			in := map[string][]float32{"u": make([]float32, n*plan.Size(c.point)), "t": {0, 300, 1000},
				"label": {2, 0, NoLabel}}
			for i := range in["u"] {
				in["u"][i] = float32(math.Sin(float64(i)))
			}
			want := evaluated(t, field(c.net, blind, w), c.point, n, in)
			if got := evaluated(t, field(net, both, v), c.point, n, in); !slices.Equal(got, want) {
				t.Errorf("the twin that is told nothing yet is %v, want %v", got, want)
			}
			for i := range v {
				v[i] += float32(.1 * math.Cos(3*float64(i)))
			}
			got := evaluated(t, field(net, both, v), c.point, n, in)
			for name, other := range map[string]float32{"t": 600, "label": NoLabel} {
				was := in[name][1]
				in[name][1] = other
				moved := evaluated(t, field(net, both, v), c.point, n, in)
				in[name][1] = was
				for k, dim := 0, len(got)/n; k < n; k++ {
					if same := slices.Equal(got[k*dim:(k+1)*dim], moved[k*dim:(k+1)*dim]); same != (k != 1) {
						t.Errorf("with another %s for point 1, point %d is the same: %t", name, k, same)
					}
				}
			}
		})
	}
}

// The features of a time are sines and cosines of 128 frequencies.
func TestWave(t *testing.T) {
	b := graph.New()
	x := b.Input("t", 2)
	p, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "wave", Node: begin(b, nil).wave(x)})
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	times := []float32{-1.5, 999}
	if err := g.Write("t", times); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	got, err := g.Data("wave")
	if err != nil {
		t.Fatal(err)
	}
	for k, x := range times {
		for i := range 128 {
			s, c := math.Sincos(float64(x) * math.Pow(10000, -float64(i)/128))
			row := got[k*256:]
			// Ten roundings of an angle of 1000.
			if math.Abs(row[i]-s) > 10*1000*0x1p-24 || math.Abs(row[128+i]-c) > 10*1000*0x1p-24 {
				t.Errorf("t = %v, frequency %d: %v, %v, want %v, %v", x, i, row[i], row[128+i], s, c)
			}
		}
	}
}

// A network that is told something and given nothing says so.
func TestNothingToTell(t *testing.T) {
	for _, c := range []Condition{{Clock: true}, {Classes: 3}} {
		net, point := MLP{Width: 4, Condition: c}, []int{5}
		b := graph.New()
		p := declare(t, net, point)
		u := b.Input("u", append([]int{1}, point...)...)
		net.Build(b, p.Bind(b, b.State("weights", p.Len)), Inputs{U: u})
		if b.Err() == nil {
			t.Errorf("%v builds without", net)
		}
	}
}

// deaf is a network that is told nothing.
type deaf struct{ MLP }

func (deaf) Told() Condition { return Condition{} }

// A network that does not take what it is to be told is refused.
func TestUnheard(t *testing.T) {
	for _, c := range []Condition{{}, {Clock: true}, {Classes: 3}, {Clock: true, Classes: 3}} {
		want := 0
		if c.Clock {
			want++
		}
		if c.Classes > 0 {
			want++
		}
		if got := c.unheard(deaf{}); len(got) != want {
			t.Errorf("%+v: %v, want %d faults", c, got, want)
		}
		if got := c.unheard(MLP{Condition: c}); len(got) != 0 {
			t.Errorf("%+v: %v, want none", c, got)
		}
	}
}
