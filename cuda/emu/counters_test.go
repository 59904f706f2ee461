package emu

import (
	"strings"
	"testing"

	"github.com/stillfield/stillfield/cuda/driver"
)

// Addresses in device memory, STRIDE words apart.
const strided = `
	mul.lo.u32 %r1, %b, STRIDE;
	mul.wide.u32 %rd5, %r1, 4;
	add.u64 %rd6, %rd1, %rd5;`

// A store to shared memory, STRIDE words apart.
const storeShared = `
	mov.u64 %rd6, tile;
	mul.lo.u32 %r1, %b, STRIDE;
	mul.wide.u32 %rd5, %r1, 4;
	add.u64 %rd6, %rd6, %rd5;
	st.shared.u32 [%rd6], %b;`

var countCases = []struct {
	name, body string
	want       driver.Counts
}{
	{"nothing", "", driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1, Stores: 1, LoadSectors: 4,
		StoreSectors: 4}},
	{"every other word", with(strided, "2") + "ld.global.u32 %r2, [%rd6];",
		driver.Counts{BytesRead: 256, BytesWritten: 128, Loads: 2, Stores: 1, LoadSectors: 4 + 8,
			StoreSectors: 4}},
	{"a word of each sector", with(strided, "8") + "ld.global.u32 %r2, [%rd6];",
		driver.Counts{BytesRead: 256, BytesWritten: 128, Loads: 2, Stores: 1, LoadSectors: 4 + 32,
			StoreSectors: 4}},
	{"one word for all", with(strided, "0") + "ld.global.u32 %r2, [%rd6];",
		driver.Counts{BytesRead: 256, BytesWritten: 128, Loads: 2, Stores: 1, LoadSectors: 4 + 1,
			StoreSectors: 4}},
	{"shifted by a word", with(strided, "1") + "ld.global.u32 %r2, [%rd6+4];",
		driver.Counts{BytesRead: 256, BytesWritten: 128, Loads: 2, Stores: 1, LoadSectors: 4 + 5,
			StoreSectors: 4}},
	{"half a warp", "setp.lt.u32 %p, %b, 16; @%p ld.global.u32 %r2, [%rd3];",
		driver.Counts{BytesRead: 128 + 64, BytesWritten: 128, Loads: 2, Stores: 1, LoadSectors: 4 + 2,
			StoreSectors: 4}},
	{"no conflict", with(storeShared, "1"), driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1,
		Stores: 1, LoadSectors: 4, StoreSectors: 4,
		SharedAccesses: 1, SharedPasses: 1}},
	{"two ways", with(storeShared, "2"), driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1, Stores: 1,
		LoadSectors: 4, StoreSectors: 4,
		SharedAccesses: 1, SharedPasses: 2, BankConflicts: 1}},
	{"eight ways", with(storeShared, "8"), driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1,
		Stores: 1, LoadSectors: 4, StoreSectors: 4,
		SharedAccesses: 1, SharedPasses: 8, BankConflicts: 7}},
	{"odd stride", with(storeShared, "7"), driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1,
		Stores: 1, LoadSectors: 4, StoreSectors: 4,
		SharedAccesses: 1, SharedPasses: 1}},
	{"quarter warps", "mov.u64 %rd6, tile; mad.wide.u32 %rd6, %b, 16, %rd6; st.shared.v4.u32 [%rd6], " +
		"{%b, %b, %b, %b};",
		driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1, Stores: 1, LoadSectors: 4,
			StoreSectors: 4, SharedAccesses: 1, SharedPasses: 4}},
	{"arithmetic", "mov.f32 %f1, 0f3F800000; add.f32 %f2, %f1, %f1; setp.lt.u32 %p, %b, 8; @%p " +
		"fma.rn.f32 %f1, %f2, %f2, %f1;",
		driver.Counts{BytesRead: 128, BytesWritten: 128, Loads: 1, Stores: 1, LoadSectors: 4,
			StoreSectors: 4, FP32: 32 + 8*2}},
	{"atomics", "red.global.add.u32 [%rd4+128], 1;",
		driver.Counts{BytesRead: 256, BytesWritten: 256, Loads: 1, Stores: 1, LoadSectors: 4,
			StoreSectors: 4, Atomics: 32}},
}

// Counts of kernels whose figures follow from their text.
func TestCounts(t *testing.T) {
	// lanePTX itself loads and stores one word for each lane: 128 bytes, 4 sectors.
	for _, tt := range countCases {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Options{})
			f := r.load(lanePTX(tt.body), "lane")
			r.launch(f, 1, lanes, put(r, make([]uint32, 1024)), put(r, make([]uint32, 64)))
			r.must(r.Synchronize(0))
			got := r.Counts()[0]
			if got.Launches != 1 || got.Grid != [3]uint32{1, 1, 1} || got.Block != [3]uint32{32, 1, 1} ||
				got.Kernel != "lane" {
				t.Errorf("got %+v", got)
			}
			if got.WarpInstructions < 9 || got.ThreadInstructions > 32*got.WarpInstructions ||
				got.ThreadInstructions < 9*32 {
				t.Errorf("%d warp and %d thread instructions", got.WarpInstructions, got.ThreadInstructions)
			}
			got.Kernel, got.Launches, got.Grid, got.Block = "", 0, [3]uint32{}, [3]uint32{}
			got.WarpInstructions, got.ThreadInstructions = 0, 0
			if got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			r.ResetCounts()
			if n := len(r.Counts()); n != 0 {
				t.Errorf("%d kernels after ResetCounts", n)
			}
			r.close()
		})
	}
}

func with(s, stride string) string { return strings.ReplaceAll(s, "STRIDE", stride) }
