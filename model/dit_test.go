package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/graph"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

// On the latents of ImageNet-256, 32×32×4 with 1000 classes, the transformer that is told
// the time has the weights that are published: 33, 130, 458 and 675 million, and to the
// one, as the released code counts them, 675,129,632 of XL/2. That code also counts the
// fixed places, 256·width, and a second output for each channel.
func TestDiTParameters(t *testing.T) {
	for _, tt := range []struct {
		size     string
		millions int
		width    int
		released int
	}{
		{"S", 33, 384, 32_963_360},
		{"B", 130, 768, 0},
		{"L", 458, 1024, 0},
		{"XL", 675, 1152, 675_129_632},
	} {
		for _, patch := range []int{2, 4, 8} {
			point := []int{32, 32, 4}
			text := fmt.Sprintf("dit:size=%s,patch=%d,clock=true,classes=1000", tt.size, patch)
			c, err := choice.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			net, faults := New(c, point)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			told := declare(t, net, point).Len
			blind := net.(DiT)
			blind.Clock = false
			clock := 256*tt.width + tt.width + tt.width*tt.width + tt.width
			if got := told - declare(t, blind, point).Len; got != clock {
				t.Errorf("%v: the clock takes %d weights, want %d", net, got, clock)
			}
			if got := int(math.Round(float64(told) / 1e6)); patch == 2 && got != tt.millions {
				t.Errorf("%v: %d million weights, want %d", net, got, tt.millions)
			}
			released := told + 256*tt.width + patch*patch*4*(tt.width+1)
			if patch == 2 && tt.released > 0 && released != tt.released {
				t.Errorf("%v: %d weights as released, want %d", net, released, tt.released)
			}
		}
	}
}

// Places are told as the released code tells them, columns first.
func TestPlaces(t *testing.T) {
	const high, wide, c = 3, 5, 16
	b := graph.New()
	u := b.Input("u", 1)
	p, err := b.Compile(t.Context(), plan.Float32,
		graph.Root{Name: "places", Node: begin(b, nil).places(u, high, wide, c)})
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(p)
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	got, err := g.Data("places")
	if err != nil {
		t.Fatal(err)
	}
	for i := range high {
		for j := range wide {
			for k := range c {
				at := float64([]int{j, i}[k/(c/2)])
				s, cos := math.Sincos(at * math.Pow(10000, -float64(k%(c/4))/(c/4)))
				want := []float64{s, cos}[k/(c/4)%2]
				if x := got[(i*wide+j)*c+k]; math.Abs(x-want) > 1e-9 {
					t.Errorf("feature %d of place %d, %d is %v, want %v", k, i, j, x, want)
				}
			}
		}
	}
}

// A token has the pixels of its patch, and goes back to where they came from.
func TestPatches(t *testing.T) {
	const rows, h, w, c, p = 2, 4, 6, 3, 2
	b := graph.New()
	u := b.Input("u", rows, h, w, c)
	n := begin(b, nil)
	tokens := n.patches(u, p)
	pl, err := b.Compile(t.Context(), plan.Float32, graph.Root{Name: "tokens", Node: tokens},
		graph.Root{Name: "back", Node: n.pixels(b.Scale(2, tokens), p, rows, h, w, c)})
	if err != nil {
		t.Fatal(err)
	}
	g := reference.Load(pl)
	x := make([]float32, rows*h*w*c)
	for i := range x {
		x[i] = float32(i)
	}
	if err := g.Write("u", x); err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	got, _ := g.Data("tokens")
	back, _ := g.Data("back")
	for i, v := range back {
		if v != 2*float64(x[i]) {
			t.Fatalf("pixel %d comes back as %v, want %v", i, v, 2*x[i])
		}
	}
	// Token (1, 2) of image 1: rows 2 and 3, columns 4 and 5.
	var want []float64
	for i := 2; i < 4; i++ {
		for j := 4; j < 6; j++ {
			for k := range c {
				want = append(want, float64(((1*h+i)*w+j)*c+k))
			}
		}
	}
	at := (1*(h/p)*(w/p) + 1*(w/p) + 2) * p * p * c
	if !slices.Equal(got[at:at+len(want)], want) {
		t.Errorf("a token is %v, want %v", got[at:at+len(want)], want)
	}
}

func TestDiTFaults(t *testing.T) {
	for _, tt := range []struct {
		text  string
		point []int
		want  string
	}{
		{"dit:size=M", []int{4, 4, 1}, `size: got "M", want S, B, L or XL`},
		{"dit:patch=3", []int{8, 8, 1}, "patch: got 3, want a divisor of the sides, 8×8"},
		{"dit:width=6,heads=2", []int{4, 4, 1}, "width: got 6, want a multiple of 4"},
		{"dit:width=8,heads=3", []int{4, 4, 1}, "heads: got 3, want a divisor of 8 features"},
		{"dit", []int{64}, `kind: got "dit", want mlp: points of shape [64] are not images`},
		{"dit:label_dropout=0.1", nil, "label_dropout: got 0.1, want 0 where classes is 0"},
	} {
		c, err := choice.Parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if _, faults := New(c, tt.point); len(faults) == 0 || !strings.Contains(faults.Error(), tt.want) {
			t.Errorf("%s: faults %v, want %q", tt.text, faults, tt.want)
		}
	}
}
