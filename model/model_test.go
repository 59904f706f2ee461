package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stillfield/stillfield/choice"
	"github.com/stillfield/stillfield/plan"
	"github.com/stillfield/stillfield/plan/reference"
)

var tiny = []struct {
	net   Network
	point []int
}{
	{MLP{Width: 8, Depth: 2}, []int{5}},
	{UNet{Channels: 4, Blocks: 1, Heads: 2, Levels: []int{1, 2}, Attention: []int{2}}, []int{4, 4, 1}},
	{DiT{Width: 8, Depth: 1, Heads: 2, Patch: 2, QKNorm: true}, []int{4, 4, 1}},
	{DiT{Width: 8, Depth: 1, Heads: 2, Patch: 2, Bottleneck: 3}, []int{4, 4, 1}},
}

func declare(t *testing.T, net Network, point []int) *Params {
	t.Helper()
	p, err := Declare(net, point)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The MLP: 64·512+512 in, 4 blocks of 2·(512²+512)+2·512, a norm, 512·64+64 out.
func TestParameterCounts(t *testing.T) {
	conv := func(c, o int) int { return 9*c*o + o }
	residual := func(c, o int) int {
		n := 2*c + conv(c, o) + 2*o + conv(o, o)
		if c != o {
			n += c*o + o
		}
		return n
	}
	attention := 2*64 + 64*3*64 + 3*64 + 64*64 + 64
	unet := conv(1, 32) + residual(32, 32) + conv(32, 32) + residual(32, 64) + conv(64, 64) +
		residual(64, 64) + attention + // down
		2*residual(64, 64) + attention + // the middle
		2*(residual(64+64, 64)+attention) + conv(64, 64) + residual(64+64, 64) + residual(64+32, 64) +
		conv(64, 64) +
		residual(64+32, 32) + residual(32+32, 32) + // up
		2*32 + conv(32, 1)
	mnist := UNet{Channels: 32, Blocks: 1, Heads: 1, Levels: []int{1, 2, 2}, Attention: []int{7}}
	for _, c := range []struct {
		net   Network
		point []int
		want  int
	}{
		{MLP{Width: 512, Depth: 4}, []int{64}, 2_172_480},
		{mnist, []int{28, 28, 1}, unet},
	} {
		if p := declare(t, c.net, c.point); p.Len != c.want {
			t.Errorf("%v: %d weights, want %d", c.net, p.Len, c.want)
		}
	}
}

// TestLayout: the weights tile the buffer without gaps, matrices are a prefix
// of DecayLen, and in each half those of a multiple of 16 elements begin on one.
func TestLayout(t *testing.T) {
	for _, c := range tiny {
		p, at := declare(t, c.net, c.point), 0
		for _, w := range p.List {
			if w.Offset != at {
				t.Errorf("%v: %s is at %d, want %d", c.net, w.Name, w.Offset, at)
			}
			if matrix := len(w.Shape) >= 2; matrix != (w.Offset < p.DecayLen) {
				t.Errorf("%v: %s %v at %d, decay for the first %d", c.net, w.Name, w.Shape, w.Offset,
					p.DecayLen)
			}
			if w.Offset < p.DecayLen && w.Size()%16 == 0 && w.Offset%16 != 0 {
				t.Errorf("%v: %s %v is at %d, want a multiple of 16", c.net, w.Name, w.Shape, w.Offset)
			}
			at += w.Size()
		}
		if at != p.Len {
			t.Errorf("%v: %d elements, want %d", c.net, at, p.Len)
		}
	}
}

// TestStart: weights depend on the seed and on the order the network asks in,
// not on where they lie; the hash was printed by this test.
func TestStart(t *testing.T) {
	p := declare(t, tiny[0].net, tiny[0].point)
	flat := make([]float32, p.Len)
	p.Start(flat, 7)
	moved := *p
	moved.List = slices.Clone(p.List)
	slices.Reverse(moved.List)
	at := 0
	for i := range moved.List {
		moved.List[i].Offset = at
		at += moved.List[i].Size()
	}
	other := make([]float32, p.Len)
	moved.Start(other, 7)
	for i, w := range p.List {
		v := moved.List[len(p.List)-1-i]
		if !slices.Equal(flat[w.Offset:w.Offset+w.Size()], other[v.Offset:v.Offset+v.Size()]) {
			t.Errorf("%s starts elsewhere in another layout", w.Name)
		}
	}
	h := sha256.New()
	for _, x := range flat {
		binary.Write(h, binary.LittleEndian, math.Float32bits(x))
	}
	if got := hex.EncodeToString(h.Sum(nil))[:16]; got != wantStart {
		t.Errorf("hash of the start %s, want %s", got, wantStart)
	}
}

// A field starts at zero, and a point's does not depend on its batch.
func TestEvaluator(t *testing.T) {
	for _, c := range tiny {
		t.Run(fmt.Sprint(c.net), func(t *testing.T) {
			p := declare(t, c.net, c.point)
			w := make([]float32, p.Len)
			p.Start(w, 1)
			evaluator := func() *Evaluator {
				trained, err := With(Plain(c.net), p, "weights", w)
				if err != nil {
					t.Fatal(err)
				}
				f, err := NewEvaluator(t.Context(), reference.Device{}, trained, c.point, 3, plan.Float32)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { f.Close() })
				return f
			}
			f := evaluator()
			const n = 5
			dim := plan.Size(c.point)
			x, y := make([]float32, n*dim), make([]float32, n*dim)
			for i := range x {
				x[i], y[i] = float32(math.Sin(float64(i))), float32(math.NaN())
			}
			if err := f.Eval(y, x, n); err != nil {
				t.Fatal(err)
			}
			if i := slices.IndexFunc(y, func(v float32) bool { return v != 0 }); i >= 0 {
				t.Fatalf("f[%d] = %v at the start, want 0", i, y[i])
			}
			for i := range w {
				w[i] += float32(.3 * math.Cos(float64(i)))
			}
			f = evaluator()
			if err := f.Eval(y, x, n); err != nil {
				t.Fatal(err)
			}
			one := make([]float32, dim)
			for k := range n {
				if err := f.Eval(one, x[k*dim:(k+1)*dim], 1); err != nil {
					t.Fatal(err)
				}
				if got := y[k*dim : (k+1)*dim]; !slices.Equal(got, one) || one[0] == 0 {
					t.Errorf("point %d: %v in a batch, %v alone", k, got, one)
				}
			}
			if f.Eval(y, x, n+1) == nil {
				t.Error("Eval of more points than there are: no error")
			}
		})
	}
}

// Networks are judged alone, and with the shape of a point where they depend on it.
func TestFaults(t *testing.T) {
	image := []int{8, 8, 1}
	for _, c := range []struct {
		text  string
		point []int
		want  string // "" for a network
	}{
		{"vit", image, `kind: got "vit", want ` + choice.OneOf("vit", Kinds.Names())},
		{"mlp:width=0", image, "width: got 0"},
		{"mlp:depth=-1", image, "depth: got -1"},
		{"mlp:heads=1", image, `heads: got "1", want no heads: mlp takes none, dit or unet does`},
		{"unet:width=1", image, `width: got "1", want no width`},
		{"unet:channels=0", image, "channels: got 0"},
		{"unet:blocks=0", image, "blocks: got 0"},
		{"unet:channels=4,heads=3", nil, "heads: got 3, want a divisor of 4 channels"},
		{"unet:heads=0", image, "heads: got 0"},
		{"unet:levels=[]", image, "levels: got []"},
		{"unet:levels=[0]", image, "levels: got [0], want between 1 and 16 multiples of channels"},
		{"unet:levels=[1, 1, 1, 1, 1]", image,
			"levels: got [1, 1, 1, 1, 1], want at most 4: 1×1 cannot be halved"},
		{"unet:levels=[1, 1, 1, 1, 1]", nil, ""},
		{"unet:attention=[3]", image, "attention: got [3], want sides of [8, 4, 2]"},
		{"unet:levels=[1, 2]", []int{1, 1, 9}, "cannot be halved"},
		{"unet", []int{9}, `kind: got "unet", want mlp: points of shape [9] are not images`},
		{"mlp:recompute=true,energy=dot", image, "recompute: got true, want false with an energy"},
		{"mlp:recompute=true", image, ""},
		{"mlp", image, ""},
		{"unet", image, ""},
	} {
		spec, err := choice.Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		net, faults := New(spec, c.point)
		found := slices.ContainsFunc(faults, func(f *choice.Fault) bool {
			return strings.HasPrefix(f.Error(), c.want) ||
				strings.HasSuffix(f.Error(), c.want)
		})
		if c.want != "" && !found || c.want == "" && (len(faults) > 0 || net == nil) {
			t.Errorf("%s: faults %v, want %q", c.text, faults, c.want)
		}
	}
}

// The table is sound, and the example of every entry is a network for an image.
func TestKinds(t *testing.T) {
	if err := Kinds.Verify(); err != nil {
		t.Error(err)
	}
	for _, e := range Kinds.Entries {
		spec, err := choice.Parse(e.Example)
		if err != nil {
			t.Fatal(err)
		}
		net, faults := New(spec, []int{28, 28, 1})
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if p := declare(t, net, []int{28, 28, 1}); p.Len == 0 {
			t.Errorf("%s has no weights", e.Name)
		}
	}
}

const wantStart = "c6efe3b1a392cfde"
