package emu_test

import (
	"fmt"
	"log"

	"github.com/stillfield/stillfield/cuda/driver"
	"github.com/stillfield/stillfield/cuda/emu"
)

// A kernel of two warps that reads its neighbour's value without a barrier.
const neighbour = `.version 7.0
.target sm_75
.address_size 64
.visible .entry neighbour(.param .u64 out)
{
	.reg .b32 %r<6>;
	.reg .b64 %rd<4>;
	.shared .align 4 .b8 tile[256];
	mov.u32 %r1, %tid.x;
	mov.u32 %r2, tile;
	mad.lo.u32 %r3, %r1, 4, %r2;
	st.shared.u32 [%r3], %r1;
	xor.b32 %r4, %r1, 63;
	mad.lo.u32 %r3, %r4, 4, %r2;
	ld.shared.u32 %r5, [%r3];
	ld.param.u64 %rd1, [out];
	mad.wide.u32 %rd2, %r1, 4, %rd1;
	st.global.u32 [%rd2], %r5;
	ret;
}
`

func Example() {
	ctx, err := emu.New(emu.Options{Collect: true, Order: emu.Reverse}).Open(0)
	if err != nil {
		log.Fatal(err)
	}
	m, err := ctx.Load([]byte(neighbour))
	if err != nil {
		log.Fatal(err)
	}
	f, err := ctx.Function(m, "neighbour")
	if err != nil {
		log.Fatal(err)
	}
	out, err := ctx.Alloc(256)
	if err != nil {
		log.Fatal(err)
	}
	err = ctx.Launch(f, [3]uint32{1, 1, 1}, [3]uint32{64, 1, 1}, 0, 0, []uint64{uint64(out)})
	if err == nil {
		err = ctx.Synchronize(driver.Stream(0))
	}
	if err != nil {
		log.Fatal(err)
	}
	first := ctx.(*emu.Context).Findings()[0]
	fmt.Println(first.Kind, "on line", first.Line)
	fmt.Println(first.What)
	// Output:
	// uninitialised read on line 15
	// reads shared byte 124, which was never written
}
