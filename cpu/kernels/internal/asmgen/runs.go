package main

import "fmt"

// runs writes a kernel that moves count runs of length elements between a block, where they follow each
// other, and memory, where run i is offsets[i] elements after the start:
//
//	gatherRuns   block ← memory
//	scatterRuns  memory ← block
//	spreadRuns   block ← the one element there, repeated
//
// R12 goes through the block, and R11 is where a run lies in memory.
func runs(set isa, name string) *function {
	f := begin(set, name, "dst, src *float32, offsets *int32, length, count int", "")
	f.arguments("dst DI", "src SI", "offsets DX", "length R9", "count R8")
	f.op("MOVQ", "R9", "R10")
	f.op("ANDQ", imm(f.lanes-1), "R10") // elements of the tail
	shift := map[isa]string{avx512: "$4", avx2: "$3"}[set]
	f.op("SHRQ", shift, "R9") // whole vectors
	block, memory, from, to := "DI", "SI", "R11", "R12"
	if name == "scatterRuns" {
		block, memory, from, to = "SI", "DI", "R12", "R11"
	}
	f.op("MOVQ", block, "R12")
	f.ops("TESTQ R10, R10", "JZ loop")
	f.tailMask("R10", "AX", "BX")
	f.label("loop")
	f.ops("MOVLQSX (DX), AX", "ADDQ $4, DX", fmt.Sprintf("LEAQ (%s)(AX*4), R11", memory))
	spread := name == "spreadRuns"
	if spread {
		f.op("VBROADCASTSS", "(R11)", f.v(0))
	}
	move := func(tail bool) {
		if !spread {
			f.load("("+from+")", f.v(0), tail)
		}
		f.store(f.v(0), "("+to+")", tail)
	}
	f.ops("MOVQ R9, CX", "TESTQ CX, CX", "JZ tail")
	f.label("whole")
	move(false)
	f.advance([]string{"R11", "R12"}, 1)
	f.ops("DECQ CX", "JNZ whole")
	f.label("tail")
	f.ops("TESTQ R10, R10", "JZ next")
	move(true)
	f.op("LEAQ", "(R12)(R10*4)", "R12")
	f.label("next")
	f.ops("DECQ R8", "JNZ loop")
	return f.finish()
}
