package emu

import (
	"strings"
	"testing"
)

// bulkPTX is a kernel of two warps whose first thread makes an mbarrier in the first 8
// bytes of tile and copies 256 bytes of in behind byte 256; every thread then reads its word.
const bulkPTX = `.version 8.0
.target sm_90
.address_size 64
.visible .entry bulk(.param .u64 in, .param .u64 out)
{
	.reg .b32 %r<12>;
	.reg .pred %p;
	.reg .b64 %rd<8>;
	.shared .align 128 .b8 tile[512];
	ld.param.u64 %rd1, [in];
	ld.param.u64 %rd2, [out];
	mov.u32 %r1, %tid.x;
	mov.u32 %r2, tile;
	setp.ne.u32 %p, %r1, 0;
	mov.u32 %r5, 0;
	@%p bra made;
	mbarrier.init.shared.b64 [%r2], 1;
	fence.proxy.async;
made:
	bar.sync 0;
	@%p bra wait;
	mbarrier.arrive.expect_tx.shared.b64 %rd3, [%r2], 256;
	cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r2+256], [%rd1], 256, [%r2];
wait:
	mbarrier.try_wait.parity.shared.b64 %p, [%r2], %r5;
	@!%p bra wait;
	shl.b32 %r4, %r1, 2;
	add.u32 %r3, %r4, %r2;
	ld.shared.u32 %r6, [%r3+256];
	cvt.u64.u32 %rd4, %r4;
	add.u64 %rd4, %rd4, %rd2;
	st.global.u32 [%rd4], %r6;
	ret;
}
`

// Lines of it.
const (
	bulkExpect = "	mbarrier.arrive.expect_tx.shared.b64 %rd3, [%r2], 256;\n"
	bulkCopy1  = "	cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes " +
		"[%r2+256], [%rd1], 256, [%r2];\n"
	bulkFence = "	fence.proxy.async;\n"
	bulkWait  = "	@!%p bra wait;\n"
)

// The bytes are there after the wait, under any schedule, however they are announced.
func TestBulk(t *testing.T) {
	for name, ptx := range map[string]string{
		"announced":       bulkPTX,
		"announced after": strings.Replace(bulkPTX, bulkExpect+bulkCopy1, bulkCopy1+bulkExpect, 1),
		"two copies": strings.Replace(bulkPTX, bulkCopy1, strings.Replace(bulkCopy1, "256, [", "112, [", 1)+
			"	add.u64 %rd5, %rd1, 112;\n"+strings.NewReplacer("%r2+256", "%r2+368", "%rd1", "%rd5",
			"256, [", "144, [").Replace(bulkCopy1), 1),
		"apart": strings.Replace(bulkPTX, bulkExpect,
			"	mbarrier.expect_tx.relaxed.cta.shared.b64 [%r2], 256;\n"+
				"	mbarrier.arrive.shared.b64 %rd3, [%r2];\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			eachOrder(t, func(t *testing.T, o Options) {
				r := newRig(t, o)
				f := r.load(ptx, "bulk")
				in := make([]uint32, 64)
				for i := range in {
					in[i] = uint32(i * i)
				}
				out := put(r, make([]uint32, 64))
				r.launch(f, 1, 64, put(r, in), out)
				for i, got := range get[uint32](r, out, 64) {
					if got != in[i] {
						t.Fatalf("word %d: got %d, want %d", i, got, in[i])
					}
				}
				r.close()
			})
		})
	}
}

// The mistakes one can make with bulk copies are found under every schedule.
func TestBulkFaults(t *testing.T) {
	const plainArrive = "	mbarrier.arrive.shared.b64 %rd3, [%r2];\n"
	for _, tt := range []struct {
		name, old, new string
		kinds          []Kind
		late           bool // a copy that has landed early hides it
	}{
		{"nothing expected", bulkExpect, plainArrive,
			[]Kind{AsyncPending, SharedRace, Hang, DivergentBarrier}, false},
		{"too few bytes expected", "[%r2], 256;\n", "[%r2], 128;\n", []Kind{DivergentBarrier}, false},
		{"too many bytes expected", "[%r2], 256;\n", "[%r2], 272;\n", []Kind{Hang}, false},
		{"no wait", bulkWait, "", []Kind{AsyncPending, SharedRace}, true},
		{"the mbarrier is not fenced", bulkFence, "", []Kind{MissingFence}, false},
		{"written before and not fenced", bulkExpect, "	st.shared.u32 [%r2+260], %r1;\n" + bulkExpect,
			[]Kind{MissingFence}, false},
		{"read by another warp before", "	@%p bra made;\n", "	st.shared.u32 [%r2+256], %r1;\n" +
			"	bar.sync 0;\n" +
			"	ld.shared.u32 %r7, [%r2+256];\n	@%p bra made;\n", []Kind{SharedRace}, false},
		{"written while under way", bulkCopy1, bulkCopy1 + "	st.shared.u32 [%r2+260], %r1;\n",
			[]Kind{AsyncPending, SharedRace}, false},
		{"beyond shared memory", "[%r2+256], [%rd1]", "[%r2+272], [%rd1]", []Kind{OutOfBounds}, false},
		{"beyond the source", "256, [%r2];\n", "272, [%r2];\n", []Kind{OutOfBounds}, false},
		{"not in sixteens", "256, [%r2];\n", "248, [%r2];\n", []Kind{Misaligned}, false},
		{"nobody waits", "wait:\n", "wait:\n	ret;\n", []Kind{AsyncPending}, true},
	} {
		for i, o := range orders[:5] { // the others do not check
			if strings.Count(bulkPTX, tt.old) != 1 {
				t.Fatalf("%s: the kernel has no one line to change", tt.name)
			}
			r := newRig(t, o)
			f := r.load(strings.Replace(bulkPTX, tt.old, tt.new, 1), "bulk")
			in := put(r, make([]uint32, 64))
			r.launch(f, 1, 64, in, put(r, make([]uint32, 64)))
			err := r.Synchronize(0)
			if err == nil {
				if !tt.late || o.Land == LandLate {
					t.Errorf("%s: order %d found nothing", tt.name, i)
				}
				continue
			}
			found := finding(t, err)
			ok := false
			for _, k := range tt.kinds {
				ok = ok || found.Kind == k
			}
			if !ok {
				t.Errorf("%s: order %d: got %v, want one of %q", tt.name, i, found, tt.kinds)
			}
		}
	}
}
