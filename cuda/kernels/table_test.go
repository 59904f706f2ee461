package kernels

import (
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/stillfield/stillfield/plan"
)

var (
	entry = regexp.MustCompile(`(?s)\.entry (\w+)\((.*?)\)\n(.*?)\{`)
	param = regexp.MustCompile(`\.param \.(\w+)`)
	block = regexp.MustCompile(`\.maxntid (\d+), 1, 1`)
)

// The table says of every kernel what the PTX says.
func TestTable(t *testing.T) {
	paths, err := fs.Glob(files, "*.ptx")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	letter := map[string]string{"u64": "p", "u32": "i", "f32": "f"}
	found := 0
	for _, path := range paths {
		module := strings.TrimSuffix(path, ".ptx")
		text, err := PTX(module)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range entry.FindAllStringSubmatch(string(text), -1) {
			k := byName[m[1]]
			if k == nil {
				t.Errorf("%s has the entry %s, which the table lacks", path, m[1])
				continue
			}
			found++
			params := ""
			for _, p := range param.FindAllStringSubmatch(m[2], -1) {
				params += letter[p[1]]
			}
			threads := block.FindStringSubmatch(m[3])
			if threads == nil || threads[1] != strconv.Itoa(k.Block) || params != k.Params ||
				k.Module != module {
				t.Errorf("%s: %s(%s) of %v threads, the table says %+v", path, m[1], params, threads, *k)
			}
			if want := strings.Contains(string(text), ".target sm_80"); want != k.Tensor() {
				t.Errorf("%s: Tensor() = %v for %.40q", k.Name, k.Tensor(), text)
			}
			if want := strings.Contains(string(text), ".target sm_90a"); want != k.Hopper() {
				t.Errorf("%s: Hopper() = %v for %.40q", k.Name, k.Hopper(), text)
			}
		}
	}
	if found != len(All()) {
		t.Errorf("the PTX has %d of the table's %d kernels", found, len(All()))
	}
	if _, err := PTX("none"); err == nil {
		t.Error("PTX of no module: no error")
	}
}

// divisor's multiply and shift is division, for every dividend below 2³¹.
func TestDivisor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.OneOf(rapid.IntRange(1, 70), rapid.IntRange(1, math.MaxInt32)).Draw(t, "d")
		q := rapid.IntRange(0, math.MaxInt32/d).Draw(t, "q")
		i := min(math.MaxInt32, max(0, q*d+rapid.IntRange(-1, 1).Draw(t, "off")))
		mul, shift := divisor(d)
		got := i
		if d != 1 {
			got = int(uint64(i) * uint64(uint32(mul)) >> 32 >> shift)
		}
		if got != i/d {
			t.Fatalf("%d/%d = %d, want %d", i, d, got, i/d)
		}
	})
}

// Where rows stand alone, how a product or a sum is added up does not depend on
// how many rows there are; elsewhere it does, or the test would show nothing.
func TestAlone(t *testing.T) {
	cuts := func(alone bool, rows int, prec plan.Precision) (at []uint64) {
		l := &List{RowsIndependent: alone, Precision: prec}
		l.Gemm(256, 256, 256, Epilogue{}, Matrix{Batch: 1, M: rows, N: 256, K: 2048})
		l.Conv(256, 256, 256, Epilogue{}, Convolution{N: rows, H: 8, W: 8, C: 128, O: 64, K: 3})
		l.Dot(256, 256, 256, rows, 9000)
		l.Sum(256, 256, rows, 9000, 1)
		for _, ln := range l.Launches {
			at = append(at, ln.Args[len(ln.Args)-1]) // the terms of a slice
		}
		return at
	}
	for _, prec := range []plan.Precision{plan.Float32, plan.TF32, plan.BFloat16} {
		one := cuts(true, 1, prec)
		for _, rows := range []int{2, 100, 10000} {
			if got := cuts(true, rows, prec); !slices.Equal(got, one) {
				t.Errorf("%v: slices of %v terms for %d rows, %v for one", prec, got, rows, one)
			}
		}
		if slices.Equal(cuts(false, 1, prec), cuts(false, 10000, prec)) {
			t.Errorf("%v: sums of a training step are never cut", prec)
		}
	}
}

// What no device can launch is an error of the list, not of the device.
func TestListRefuses(t *testing.T) {
	for name, add := range map[string]func(l *List){
		"too many batches": func(l *List) {
			l.Gemm(256, 256, 256, Epilogue{},
				Matrix{Batch: 1 << 20, M: 1, N: 1, K: 1})
		},
		"a parameter of 2³¹": func(l *List) { l.Softmax(256, 256, 1, 1<<31) },
		"heads of 257":       func(l *List) { l.Attention(256, 256, AttentionShape{1, 1, 1, 257}) },
		"a norm of NaN":      func(l *List) { l.Clip(256, 256, 256, 256, 256, 1, math.NaN()) },
	} {
		l := &List{}
		if add(l); l.Err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
