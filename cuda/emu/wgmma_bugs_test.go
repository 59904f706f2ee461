package emu

import (
	"fmt"
	"strings"
	"testing"
)

// A kernel of two warpgroups over a ring of one stage, as a product has it: the first
// writes 8 KB of A and B and says so, the second multiplies twice and says that it has
// read, and what the first writes next is in the place of what it wrote before.
const ringPTX = `.version 8.0
.target sm_90a
.address_size 64
.visible .entry ring(.param .u64 in, .param .u64 out)
{
	.reg .b32 %r<10>;
	.reg .f32 %f<8>;
	.reg .pred %p, %q;
	.reg .b64 %rd<12>;
	.shared .align 1024 .b8 tile[2560];
	.shared .align 8 .b8 full[8];
	.shared .align 8 .b8 empty[8];
	ld.param.u64 %rd2, [out];
	mov.u32 %r1, %tid.x;
	mov.u32 %r7, tile;
	mov.u32 %r8, full;
	mov.u32 %r9, empty;
	setp.ne.u32 %p, %r1, 0;
	@%p bra made;
	mbarrier.init.shared.b64 [%r8], 128;
	mbarrier.init.shared.b64 [%r9], 4;
made:
	bar.sync 0;
	mov.u32 %r2, 0;
	setp.ge.u32 %p, %r1, 128;
	@%p bra multiply;
	setmaxnreg.dec.sync.aligned.u32 64;
write:
	xor.b32 %r3, %r2, 1;
wait_empty:
	mbarrier.try_wait.parity.shared.b64 %q, [%r9], %r3;
	@!%q bra wait_empty;
	shl.b32 %r3, %r1, 2;
	add.u32 %r3, %r3, %r7;
	st.shared.u32 [%r3], 0x3f803f80;
	st.shared.u32 [%r3+512], 0x3f803f80;
	st.shared.u32 [%r3+1024], 0x3f803f80;
	st.shared.u32 [%r3+1536], 0x3f803f80;
	st.shared.u32 [%r3+2048], 0x40004000;
	fence.proxy.async.shared::cta;
	mbarrier.arrive.shared.b64 %rd3, [%r8];
	add.u32 %r2, %r2, 1;
	setp.lt.u32 %p, %r2, 2;
	@%p bra write;
	ret;
multiply:
	setmaxnreg.inc.sync.aligned.u32 128;
	cvt.u64.u32 %rd5, %r7;
	shr.u64 %rd5, %rd5, 4;
	add.u64 %rd5, %rd5, 0x0000001000080000;
	add.u64 %rd6, %rd5, 128;
	mov.f32 %f0, 0f00000000;
	mov.f32 %f1, 0f00000000;
	mov.f32 %f2, 0f00000000;
	mov.f32 %f3, 0f00000000;
again:
wait_full:
	mbarrier.try_wait.parity.shared.b64 %q, [%r8], %r2;
	@!%q bra wait_full;
	wgmma.fence.sync.aligned;
	wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 {%f0, %f1, %f2, %f3}, %rd5, %rd6, 1, 1, 1, 0, 0;
	wgmma.commit_group.sync.aligned;
	wgmma.wait_group.sync.aligned 0;
	and.b32 %r3, %r1, 31;
	setp.eq.u32 %q, %r3, 0;
	@%q mbarrier.arrive.shared.b64 %rd3, [%r9];
	add.u32 %r2, %r2, 1;
	setp.lt.u32 %p, %r2, 2;
	@%p bra again;
	mul.wide.u32 %rd4, %r1, 16;
	add.u64 %rd4, %rd4, %rd2;
	st.global.v4.f32 [%rd4+-2048], {%f0, %f1, %f2, %f3};
	ret;
}
`

// Lines of it.
const (
	ringStore   = "	st.shared.u32 [%r3+2048], 0x40004000;\n"
	ringFence   = "	fence.proxy.async.shared::cta;\n"
	ringProduct = "	wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 " +
		"{%f0, %f1, %f2, %f3}, %rd5, %rd6, 1, 1, 1, 0, 0;\n"
	ringWait   = "	wgmma.wait_group.sync.aligned 0;\n"
	ringArrive = "	@%q mbarrier.arrive.shared.b64 %rd3, [%r9];\n"
	ringRead   = "	and.b32 %r3, %r1, 31;\n	setp.eq.u32 %q, %r3, 0;\n" + ringArrive
)

// The kernel is right, under any schedule, and with its fence on the side that reads.
func TestRing(t *testing.T) {
	late := strings.Replace(strings.Replace(ringPTX, ringFence, "", 1), "	wgmma.fence",
		ringFence+"	wgmma.fence", 1)
	for _, ptx := range []string{ringPTX, late} {
		eachOrder(t, func(t *testing.T, o Options) {
			r := newRig(t, o)
			f := r.load(ptx, "ring")
			out := put(r, make([]float32, 512))
			r.launch(f, 1, 256, out, out)
			for i, v := range get[float32](r, out, 512) {
				if v != 2*16*2 {
					t.Fatalf("sum %d: got %v, want 64", i, v)
				}
			}
			r.close()
		})
	}
}

// Products that add to the same registers do so in the order in which they started, whenever
// they land: 32 and 2⁻²¹ are 32 in float32, of which 32 taken away leaves 0.
func TestProductsInOrder(t *testing.T) {
	sum := func(desc, sign string) string {
		return strings.Replace(ringProduct, "%rd6, 1, 1, 1", desc+", 1, "+sign+", 1", 1)
	}
	ptx := strings.NewReplacer(
		ringStore, "	setp.gt.u32 %q, %r1, 63;\n	selp.b32 %r4, 0x33003300, 0x40004000, %q;\n"+
			"	st.shared.u32 [%r3+2048], %r4;\n",
		ringProduct, "	add.u64 %rd7, %rd6, 16;\n"+sum("%rd6", "1")+sum("%rd7", "1")+sum("%rd6", "-1"),
	).Replace(ringPTX)
	for seed := range uint64(8) {
		r := newRig(t, Options{Land: LandRandom, Seed: seed})
		f := r.load(ptx, "ring")
		out := put(r, make([]float32, 512))
		r.launch(f, 1, 256, out, out)
		for i, v := range get[float32](r, out, 512) {
			if v != 0 {
				t.Fatalf("seed %d, sum %d: got %v, want 0", seed, i, v)
			}
		}
		r.close()
	}
}

// wgmmaFaults are changes of the kernel, each with what is found.
var wgmmaFaults = []struct {
	name, old, new string
	kind           Kind
	what           string
}{
	{"no wgmma.fence", "	wgmma.fence.sync.aligned;\n", "", MissingFence,
		"was touched with no wgmma.fence"},
	{"sums touched after the fence", ringProduct, "	mov.f32 %f1, 0f00000000;\n" + ringProduct,
		MissingFence, "register %f1 was touched"},
	{"no wait", ringWait, "", WgmmaPending, ""},
	{"the wait leaves a group", ringWait, "	wgmma.wait_group.sync.aligned 1;\n", WgmmaPending, ""},
	{"a group that is never closed", "	wgmma.commit_group.sync.aligned;\n", "", WgmmaPending, ""},
	{"sums read before the wait", ringWait, "	add.f32 %f4, %f2, 0f00000000;\n" + ringWait,
		WgmmaPending,
		"touches register %f2"},
	{"sums written before the wait", ringWait, "	mov.f32 %f3, 0f00000000;\n" + ringWait, WgmmaPending,
		"touches register %f3"},
	{"no fence of what st wrote", ringFence, "", MissingFence, "no fence.proxy.async between"},
	{"the fence before the last store", ringStore + ringFence, ringFence + ringStore, MissingFence,
		"no fence.proxy.async between"},
	{"read before it is full", "	@!%q bra wait_full;\n", "", "", "shared byte"},
	{"emptied before the wait", ringWait + ringRead, ringRead + ringWait, SharedRace, ""},
	{"never emptied", ringArrive, "", Hang, "lacks"},
	{"one warp says that all have read", ringRead, "	setp.eq.u32 %q, %r1, 128;\n	@%q " +
		"mbarrier.arrive.shared.b64 %rd3, [%r9], 4;\n", SharedRace, ""},
	{"another descriptor in one lane", ringProduct,
		"	setp.eq.u32 %q, %r1, 140;\n	@%q add.u64 %rd6, %rd6, 8;\n" +
			ringProduct, WrongLanes, "other operands than lane 0"},
	{"another descriptor in one warp", ringProduct,
		"	setp.gt.u32 %q, %r1, 223;\n	@%q add.u64 %rd6, %rd6, 8;\n" +
			ringProduct, WrongLanes, "another warp of the warpgroup"},
	{"half a warp", ringProduct, "	and.b32 %r3, %r1, 16;\n	setp.eq.u32 %q, %r3, 0;\n	@%q " +
		ringProduct[1:],
		WrongLanes, "needs all 32 lanes"},
	{"a warp that leaves", ringProduct, "	setp.gt.u32 %q, %r1, 223;\n	@%q exit;\n" + ringProduct,
		Hang, ""},
	{"beyond shared memory", "	add.u64 %rd6, %rd5, 128;\n", "	add.u64 %rd6, %rd5, 256;\n",
		OutOfBounds, ""},
	{"a pattern that is not aligned", "	add.u64 %rd6, %rd5, 128;\n",
		"	add.u64 %rd6, %rd5, 0x0002000000000080;\n", Misaligned, "base offset"},
	{"what was never written", ringStore, "", Uninitialised, ""},
}

// The mistakes one can make with wgmma are found under every schedule.
func TestWgmmaFaults(t *testing.T) {
	for _, tt := range wgmmaFaults {
		for i, o := range orders[:5] { // the others do not check
			if strings.Count(ringPTX, tt.old) != 1 {
				t.Fatalf("%s: the kernel has no line to change", tt.name)
			}
			r := newRig(t, o)
			f := r.load(strings.Replace(ringPTX, tt.old, tt.new, 1), "ring")
			out := put(r, make([]float32, 512))
			r.launch(f, 1, 256, out, out)
			err := r.Synchronize(0)
			if err == nil {
				t.Errorf("%s: order %d found nothing", tt.name, i)
				continue
			}
			if f := finding(t, err); tt.kind != "" && f.Kind != tt.kind || !strings.Contains(f.What,
				tt.what) {
				t.Errorf("%s: order %d: got %v, want %q with %q", tt.name, i, f, tt.kind, tt.what)
			} else if i == 0 && testing.Verbose() {
				t.Log(tt.name, f)
			}
		}
	}
}

// The warps of a block may not have more registers than there are.
func TestRegisters(t *testing.T) {
	for n, ok := range map[int]bool{168: true, 176: false} {
		r := newRig(t, Options{})
		f := r.load(fmt.Sprintf(".version 8.0\n.target sm_90a\n.address_size 64\n.visible .entry k()\n{\n"+
			"setmaxnreg.inc.sync.aligned.u32 %d;\nret;\n}\n", n), "k")
		r.launch(f, 1, 384)
		err := r.Synchronize(0)
		if ok {
			r.must(err)
		} else if f := finding(t, err); f.Kind != Deadlock || !strings.Contains(f.What, "67584 registers") {
			t.Errorf("%d registers: got %v", n, f)
		}
	}
}

// A module for sm_90a is for that device alone, and what needs it is refused elsewhere.
func TestOnlyHopper(t *testing.T) {
	for _, minor := range []int{8, 9, 10} {
		c := newContext(New(Options{Major: minor, Version: 12080}).opt)
		if _, err := c.Load([]byte(ringPTX)); (err == nil) != (minor == 9) {
			t.Errorf("on %d.0: %v", minor, err)
		}
	}
	if err := load1(strings.Replace(ringPTX, "sm_90a", "sm_90", 1)); err == nil ||
		!strings.Contains(err.Error(), "needs .target sm_90a") {
		t.Errorf("for sm_90: got %v, want an error", err)
	}
}
