package emu

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// wgmmaPTX is a kernel of one warpgroup. It copies the image of shared memory at in, by
// words, fences it, runs body between wgmma.fence and wgmma.wait_group, and stores the n/2
// sums of each thread, which begin as 1, to out.
func wgmmaPTX(n int, bytes int, body string) string {
	sums := strings.TrimSuffix(strings.Repeat("%%f%d, ", n/2), ", ")
	var ids []any
	init, store := "", ""
	for i := range n / 2 {
		ids = append(ids, i)
		init += fmt.Sprintf("mov.f32 %%f%d, 0f3F800000;\n", i)
		store += fmt.Sprintf("st.global.f32 [%%rd4+%d], %%f%d;\n", 4*i, i)
	}
	body = strings.ReplaceAll(body, "SUMS", "{"+fmt.Sprintf(sums, ids...)+"}")
	return fmt.Sprintf(`.version 8.0
.target sm_90a
.address_size 64
.visible .entry product(.param .u64 in, .param .u64 out)
{
	.reg .b32 %%r<8>;
	.reg .f32 %%f<%d>;
	.reg .pred %%p, %%q;
	.reg .b64 %%rd<12>;
	.shared .align 1024 .b8 tile[%d];
	ld.param.u64 %%rd1, [in];
	ld.param.u64 %%rd2, [out];
	mov.u32 %%r1, %%tid.x;
	mov.u32 %%r7, tile;
	shl.b32 %%r2, %%r1, 2;
copy:
	cvt.u64.u32 %%rd3, %%r2;
	add.u64 %%rd3, %%rd3, %%rd1;
	ld.global.u32 %%r3, [%%rd3];
	add.u32 %%r4, %%r2, %%r7;
	st.shared.u32 [%%r4], %%r3;
	add.u32 %%r2, %%r2, 512;
	setp.lt.u32 %%p, %%r2, %d;
	@%%p bra copy;
	fence.proxy.async.shared::cta;
	bar.sync 0;
	mul.wide.u32 %%rd4, %%r1, %d;
	add.u64 %%rd4, %%rd4, %%rd2;
	cvt.u64.u32 %%rd5, %%r7;
	shr.u64 %%rd5, %%rd5, 4;
	%s
	wgmma.fence.sync.aligned;
	%s
	wgmma.commit_group.sync.aligned;
	wgmma.wait_group.sync.aligned 0;
	%s
	ret;
}
`, n/2+8, bytes, bytes, 2*n, init, body, store)
}

// canonical lays out a matrix of rows × 16 as CUTLASS states its layouts of a descriptor,
// in units of 16 bytes: Swizzle<log₂ width/16, 4, 3> of shape and strides
//
//	along K      ((8, m), 2) : ((width, stride), 1 or, unswizzled, leading)
//	transposed   ((width, m), (8, 2)) : ((1, leading), (width, stride)), unswizzled with
//	             leading and stride exchanged
//
// where width is of a row in chunks; it returns the offset of element (i, k) in elements.
func canonical(i, k, width, leading, stride int, trans bool) int {
	var chunk, in int
	if trans {
		if width == 1 {
			leading, stride = stride, leading
		}
		chunk = i/8%width + i/8/width*leading + k%8*width + k/8*stride
		in = i % 8
	} else {
		step := 1
		if width == 1 {
			step = leading
		}
		chunk, in = i%8*width+i/8*stride+k/8*step, k%8
	}
	chunk ^= chunk >> 3 & (width - 1)
	return 8*chunk + in
}

// wgmmaOperand is a matrix in shared memory, of rows × 16.
type wgmmaOperand struct {
	at, rows, width, leading, stride int // chunks of 16 bytes
	trans                            bool
}

// put writes the matrix to the image and returns its descriptor, relative to the image.
func (o wgmmaOperand) put(image []uint16, m func(i, k int) int) uint64 {
	for i := range o.rows {
		for k := range 16 {
			image[8*o.at+canonical(i, k, o.width, o.leading, o.stride, o.trans)] = bf16Of(m(i, k))
		}
	}
	mode := map[int]uint64{1: 0, 8: 1, 4: 2, 2: 3}[o.width]
	return mode<<62 | uint64(o.stride)<<32 | uint64(o.leading)<<16 | uint64(o.at)
}

// bf16Of is a small integer in bfloat16.
func bf16Of(v int) uint16 { return uint16(bitsOf(float32(v)) >> 16) }

// layoutOf draws strides that let no two chunks of a matrix of rows × 16 meet.
func layoutOf(rows, width int, trans bool, rng *rand.Rand) (o wgmmaOperand, chunks int) {
	o = wgmmaOperand{rows: rows, width: width, trans: trans}
	pattern := 8 * width // of eight rows
	pad := width * 8 * rng.IntN(2)
	switch {
	case width == 1 && trans: // leading to the next eight along K, stride along I
		o.leading, o.stride = 8+pad, 2*(8+pad)
		return o, o.stride * rows / 8
	case width == 1:
		o.leading = 8 + pad
		o.stride = 2 * o.leading
		return o, o.stride * rows / 8
	case trans:
		o.stride = pattern + pad
		o.leading = 2 * o.stride
		return o, o.leading * ((rows/8 + width - 1) / width)
	}
	o.stride, o.leading = pattern+pad, 1
	return o, o.stride * rows / 8
}

// Products of every major and swizzle, in all shapes between them, are those of their
// matrices, and under any schedule.
func TestWgmma(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	shapes := []int{8, 16, 24, 64, 96, 128, 256}
	for turn := range 64 {
		n := shapes[turn%len(shapes)]
		wa, wb := 1<<(turn%4), 1<<(turn/4%4)
		ta, tb := turn/16%2 == 1, turn/32%2 == 1
		fromRegisters := turn%5 == 4
		name := fmt.Sprintf("n=%d/A width %d %v/B width %d %v/registers %v", n, wa, ta, wb, tb, fromRegisters)
		t.Run(name, func(t *testing.T) {
			a, chunks := layoutOf(64, wa, ta, rng)
			b, more := layoutOf(n, wb, tb, rng)
			b.at = (chunks + 63) &^ 63
			bytes := ((b.at+more)*16 + 1023) &^ 511
			image := make([]uint16, bytes/2)
			ma := func(i, k int) int { return (i*7+k*5)%13 - 6 }
			mb := func(j, k int) int { return (j*3+k*11)%17 - 8 }
			da, db := a.put(image, ma), b.put(image, mb)
			negA, negB, adds := turn%3 == 0, turn%7 == 0, turn%2 == 0
			checkWgmma(t, wgmmaRun{n: n, bytes: bytes, image: image, da: da, db: db, ta: ta, tb: tb,
				negA: negA, negB: negB, adds: adds, registers: fromRegisters, ma: ma, mb: mb})
		})
	}
}

// wgmmaRun is one product with what it is of.
type wgmmaRun struct {
	n, bytes         int
	image            []uint16
	da, db           uint64
	ta, tb           bool
	negA, negB, adds bool
	registers        bool
	ma, mb           func(i, k int) int
}

func checkWgmma(t *testing.T, c wgmmaRun) {
	sign := func(neg bool) int { return choose(neg, -1, 1) }
	body := fmt.Sprintf("add.u64 %%rd6, %%rd5, %d; add.u64 %%rd7, %%rd5, %d; setp.eq.u32 %%q, %d, 1;\n",
		c.da, c.db, choose(c.adds, 1, 0))
	operand := "%rd6"
	flags := fmt.Sprintf("%d, %d, %d, %d", sign(c.negA), sign(c.negB), bit(c.ta), bit(c.tb))
	if c.registers {
		operand = "{%r3, %r4, %r5, %r6}"
		flags = fmt.Sprintf("%d, %d, %d", sign(c.negA), sign(c.negB), bit(c.tb))
		for r := range 4 { // fragments of constants: A[i][k] = 2 in the upper half of K, 1 below
			body += fmt.Sprintf("mov.b32 %%r%d, %d;\n", 3+r, uint32(bf16Of(1+r/2))*0x10001)
		}
		body += "wgmma.fence.sync.aligned;\n"
		c.ma = func(_, k int) int { return 1 + k/8 }
	}
	body += fmt.Sprintf("wgmma.mma_async.sync.aligned.m64n%dk16.f32.bf16.bf16 SUMS, %s, %%rd7, %%q, %s;",
		c.n, operand, flags)
	eachOrder(t, func(t *testing.T, o Options) {
		r := newRig(t, o)
		f := r.load(wgmmaPTX(c.n, c.bytes, body), "product")
		out := put(r, make([]float32, 64*c.n))
		r.launch(f, 1, 128, put(r, c.image), out)
		got := get[float32](r, out, 64*c.n)
		for thread := range 128 {
			for e := range c.n / 2 {
				i := thread/32*16 + thread%32/4 + 8*(e/2%2)
				j := e/4*8 + thread%4*2 + e%2
				want := 0
				for k := range 16 {
					want += c.ma(i, k) * c.mb(j, k)
				}
				want = want*sign(c.negA)*sign(c.negB) + choose(c.adds, 1, 0)
				if g := got[thread*c.n/2+e]; g != float32(want) {
					t.Fatalf("element %d, %d: got %v, want %d", i, j, g, want)
				}
			}
		}
		r.close()
	})
}
