package emu

import (
	"math/bits"

	"github.com/stillfield/stillfield/cuda/emu/ptx"
)

// decodeSetmaxnreg decodes setmaxnreg, which changes how many registers each thread of
// a warpgroup has. A GPU makes inc wait until others have given back enough.
func decodeSetmaxnreg(d *decoder) {
	d.only()
	d.take("inc", "dec")
	d.has("sync")
	d.has("aligned")
	d.one(ptx.U32)
	a := d.args(1)[0]
	if a.Kind != ptx.IntOperand || a.Int < 24 || a.Int > 256 || a.Int%8 != 0 {
		d.fail("the number of registers must be a multiple of 8 from 24 to 256")
	}
	n := int(a.Int)
	d.in.kind = kindEffect
	d.in.do = func(w *warp, in *inst, mask uint32) {
		if !w.whole(in, mask) {
			return
		}
		w.registers = n
		sum := 0
		for _, v := range w.b.warps {
			if v.registers == 0 {
				return // has what the launch gave it, which is not in the PTX
			}
			sum += lanes * v.registers
		}
		if sum > registerFile {
			w.report(Deadlock, bits.TrailingZeros32(mask), in,
				"the warps of the block have %d registers together, the multiprocessor %d", sum, registerFile)
		}
	}
}

// registerFile is how many registers of 32 bits a multiprocessor has.
const registerFile = 64 << 10
