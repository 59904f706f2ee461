package datasets

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/choice"
)

// counted is a source whose sample i is an image of distinct numbers that
// begin at 1000·i, in class i mod 3.
type counted struct {
	info Info
	bad  int // the sample that cannot be read; -1 for none
}

func newCounted(n int, shape Shape) *counted {
	return &counted{Info{Name: "counted", Shape: shape, Count: n, Classes: 3, Image: true}, -1}
}

func (c *counted) Info() Info { return c.info }

func (c *counted) Read(dst []float32, i int) (int32, error) {
	checkRead(&c.info, dst, i)
	if i == c.bad {
		return 0, fs.ErrInvalid
	}
	for k := range dst {
		dst[k] = float32(1000*i + k)
	}
	return int32(i % 3), nil
}

func load(t testing.TB, src Source, opt Options) *Loader {
	t.Helper()
	l, err := NewLoader(context.Background(), src, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func next(t testing.TB, l *Loader) *Batch {
	t.Helper()
	b, err := l.Next()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestLoaderRows holds that row k of the batch at s is a function of (source,
// seed, s+k) alone: batch size, stride, depth, decoders and place of start are drawn, and
// each row is compared with the order and the coin at its own number.
func TestLoaderRows(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		draw := func(name string, lo, hi int) int { return rapid.IntRange(lo, hi).Draw(rt, name) }
		src := newCounted(draw("n", 1, 40), Shape{draw("h", 1, 3), draw("w", 1, 5), draw("c", 1, 3)})
		opt := Options{
			Batch: draw("batch", 1, 50),
			Seed:  rapid.Uint64().Draw(rt, "seed"),
			Start: rapid.Uint64Range(0, 1<<40).Draw(rt, "start"),
			Flip:  rapid.Bool().Draw(rt, "flip"),
			Ahead: draw("ahead", 0, 4), Decoders: draw("decoders", 0, 5),
		}
		opt.Stride = uint64(opt.Batch + draw("gap", 0, 9))
		l, err := NewLoader(context.Background(), src, opt)
		if err != nil {
			rt.Fatal(err)
		}
		defer l.Close()
		n := src.info.Shape.Len()
		for first := opt.Start; first < opt.Start+4*opt.Stride; first += opt.Stride {
			b, err := l.Next()
			if err != nil {
				rt.Fatal(err)
			}
			if b.First != first || len(b.X) != opt.Batch*n || len(b.Labels) != opt.Batch {
				rt.Fatalf("batch at %d of %d values and %d labels, want at %d, %d and %d",
					b.First, len(b.X), len(b.Labels), first, opt.Batch*n, opt.Batch)
			}
			for k := range opt.Batch {
				want, label := wantRow(src, opt, first+uint64(k))
				if got := b.X[k*n : (k+1)*n]; !slices.Equal(got, want) || b.Labels[k] != label {
					rt.Fatalf("sample %d: %v, class %d; want %v, class %d",
						first+uint64(k), got, b.Labels[k], want, label)
				}
			}
			poison(b.X) // the caller may do as it likes with what it holds
		}
	})
}

// wantRow is sample s by the definition: index by the order, columns reversed
// when the coin says so.
func wantRow(src *counted, opt Options, s uint64) (x []float32, label int32) {
	i, _ := NewOrder(opt.Seed, src.info.Count).At(s)
	flipped := opt.Flip && newStream(opt.Seed, forFlip).at(s) >= 1<<63
	sh := src.info.Shape
	for row := range sh.H {
		for col := range sh.W {
			if flipped {
				col = sh.W - 1 - col
			}
			for c := range sh.C {
				x = append(x, float32(1000*i+(row*sh.W+col)*sh.C+c))
			}
		}
	}
	return x, int32(i % 3)
}

// TestLoaderDigits pins the order: a change of any number here means that runs
// made before can no longer be resumed.
func TestLoaderDigits(t *testing.T) {
	src, err := Open(choice.Choice{Kind: "digits"})
	if err != nil {
		t.Fatal(err)
	}
	b := next(t, load(t, src, Options{Batch: 16, Seed: 1}))
	if want := []int32{2, 8, 5, 6, 9, 5, 8, 5, 1, 1, 2, 8, 7, 2, 6, 3}; !slices.Equal(b.Labels, want) {
		t.Errorf("digits of the first batch under seed 1: %v, want %v", b.Labels, want)
	}
}

func TestLoaderFlipIsFair(t *testing.T) {
	src := newCounted(1, Shape{1, 2, 1})
	const n = 1 << 14
	b := next(t, load(t, src, Options{Batch: n, Flip: true}))
	flipped := 0
	for k := range n {
		if b.X[2*k] > b.X[2*k+1] {
			flipped++
		}
	}
	// A binomial of n fair coins has deviation √n/2 = 64; five of them.
	if d := flipped - n/2; d < -320 || d > 320 {
		t.Errorf("%d of %d flipped, want %d ± 320", flipped, n, n/2)
	}
}

func TestLoaderUnlabelled(t *testing.T) {
	src := newCounted(5, Shape{1, 1, 2})
	src.info.Classes = 0
	if b := next(t, load(t, src, Options{Batch: 3})); b.Labels != nil {
		t.Errorf("labels of a source without classes: %v, want nil", b.Labels)
	}
}

func TestLoaderAllocates(t *testing.T) {
	src, err := Open(choice.Choice{Kind: "digits"})
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []Source{src, SkipBad(src)} {
		for _, decoders := range []int{1, 3} {
			l := load(t, src, Options{Batch: 64, Flip: true, Decoders: decoders})
			next(t, l)
			if got := testing.AllocsPerRun(500, func() { next(t, l) }); got != 0 {
				t.Errorf("%T, %d decoders: a batch allocates %v times, want 0", src, decoders, got)
			}
		}
	}
}

func TestNewLoaderRefuses(t *testing.T) {
	points := newCounted(4, Shape{1, 1, 8})
	points.info.Image = false
	for _, tt := range []struct {
		opt  Options
		want string
	}{
		{Options{}, "batch: got 0, want at least 1"},
		{Options{Batch: -3}, "batch: got -3"},
		{Options{Batch: 1, Ahead: -1}, "ahead: got -1"},
		{Options{Batch: 1, Decoders: -1}, "decoders: got -1"},
		{Options{Batch: 8, Stride: 7}, "stride: got 7, want at least the batch, 8"},
		{Options{Batch: 1, Flip: true}, "points, not images"},
	} {
		_, err := NewLoader(context.Background(), points, tt.opt)
		wantError(t, err, tt.want)
	}
}

func BenchmarkLoader(b *testing.B) {
	for _, size := range []int{8, 28, 32} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			src := newByteImages(Info{Shape: Shape{size, size, 1}, Count: 1000},
				make([]byte, 1000*size*size), nil, 255)
			l := load(b, src, Options{Batch: 256})
			b.SetBytes(int64(4 * 256 * size * size))
			b.ReportAllocs()
			for b.Loop() {
				next(b, l)
			}
		})
	}
}
