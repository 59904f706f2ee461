package kernels

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/stillfield/stillfield/cpu/bf16"
	"github.com/stillfield/stillfield/plan"
)

// bfloat is what an engine at precision bf16 has beside that of float32: products, convolutions and
// attention of operands rounded to bfloat16, by the micro-kernel of a form.
type bfloat struct {
	form   bf16.Form
	kernel bf16.Kernel
	packer *bf16.Packer
	arch   *arch // for its transpositions
	calls  []bfloatCall
	gemm   bfloatGemm
	settle settleJob
	conv   bfloatConv
	filter bfloatFilter
	point  Gemm // of a convolution of 1×1
}

// bfloatCall is one worker's call of the micro-kernel.
type bfloatCall struct {
	block bf16.Block
	_     [64]byte // keeps the workers' cache lines apart
}

// FormOf is the form of bfloat16 of an engine with these options, Auto at precision Float32; an error where
// this machine cannot run the form, or an engine the precision.
func FormOf(o Options) (bf16.Form, error) {
	switch o.Precision {
	case plan.Float32:
		return bf16.Auto, nil
	case plan.BFloat16:
	default:
		return 0, fmt.Errorf("kernels: New: got precision %v, want float32 or bf16", o.Precision)
	}
	f, forms := o.Form, bf16.Forms()
	if f == bf16.Auto {
		best := forms[len(forms)-1]
		f = map[Level]bf16.Form{Auto: best, Go: bf16.Go, AVX2: bf16.AVX2, AVX512: bf16.AVX512}[o.Level]
	}
	if !slices.Contains(forms, f) {
		return 0, fmt.Errorf("kernels: New: got form %v of bf16, want one that this machine runs: %v",
			f, forms)
	}
	return f, nil
}

// newBFloat returns the kernels of a form, for so many workers.
func newBFloat(f bf16.Form, a *arch, workers int) *bfloat {
	return &bfloat{form: f, kernel: bf16.KernelOf(f), packer: bf16.PackerOf(f), arch: a,
		calls: make([]bfloatCall, workers)}
}

// leastBFloat is the fewest columns and the fewest terms of a sum that the micro-kernels of bfloat16 are
// for. With fewer, most of a panel would be zeros: operands are rounded all the same, and multiplied in
// float32, in float32's order. The rule is the same on every machine, for the order is part of a result;
// and it does not ask for the rows, which may be the samples of a batch.
const leastBFloat = 16

// thinBFloat says that a product with sums of k terms to n columns is computed in float32.
func thinBFloat(k, n int) bool { return k < leastBFloat || n < leastBFloat }

// words is scratch memory, of float32, seen as words of two bfloat16.
func words(f []float32) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(f))), len(f))
}

// floats is the inverse of words; floats are moved as they are.
func floats(w []uint32) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(w))), len(w))
}

// halves is scratch memory seen as single bfloat16.
func halves(w []uint32) []uint16 {
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(w))), 2*len(w))
}

// stepWords are the words of a step of a panel.
const stepWords = bf16.StepBytes / 4

// lineWords is n words rounded up to whole lines of the cache.
func lineWords(n int) int { return (n + 15) &^ 15 }
