package bf16

import "unsafe"

// kernelOf is KernelOf.
func kernelOf(f Form) Kernel {
	switch f {
	case AMX:
		return Kernel{Do: amxBlock, Rows: 2 * tileRows, Steps: 32}
	case Dot:
		return Kernel{Do: dotBlock, Rows: 12, Steps: 12}
	case AVX512:
		return Kernel{Do: avx512Block, Rows: 6, Steps: 12}
	case AVX2:
		return Kernel{Do: avx2Block, Rows: 4, Steps: 12}
	}
	return goKernel
}

// dotBlock computes a block by VDPBF16PS.
func dotBlock(b *Block) { b.tiles(pairwise, PanelColumns) }

// avx512Block computes a block by the definition with AVX-512.
func avx512Block(b *Block) {
	b.start()
	b.tiles(evenOdd512, PanelColumns)
}

// avx2Block computes a block by the definition with AVX2.
func avx2Block(b *Block) {
	b.start()
	b.tiles(evenOdd256, 8)
}

// start sets C to init, which the even-odd kernels add to.
func (b *Block) start() {
	if b.Add {
		return
	}
	for l := range b.Lines {
		for i := range b.M {
			c := unsafe.Slice((*float32)(unsafe.Add(b.C, l*b.LineC+i*b.RowC)), b.N)
			if clear(c); b.Bias != nil {
				copy(c, unsafe.Slice((*float32)(b.Bias), b.N))
			}
		}
	}
}

// tiles computes a block width columns at a time: in the rows of each line, in as few tiles as kernels allow,
// which have even numbers of rows.
func (b *Block) tiles(kernels []func(t *tile), width int) {
	t := &b.tile
	*t = tile{
		rowA: b.RowA, gapA: b.SegmentA - 2*StepK*b.Steps, segments: b.Segments, pairs: StepK / 2 * b.Steps,
		rowC: b.RowC,
	}
	count := (b.M + len(kernels) - 2) / (len(kernels) - 1)
	for j := 0; j < b.N; j += width {
		t.n = min(width, b.N-j)
		t.b = unsafe.Add(b.B, j/PanelColumns*b.PanelB+j%PanelColumns*4)
		for l := range b.Lines {
			for q := range count {
				i, end := b.M*q/count, b.M*(q+1)/count
				t.a = unsafe.Add(b.A, l*b.LineA+i*b.RowA)
				t.c = unsafe.Add(b.C, l*b.LineC+i*b.RowC+4*j)
				switch {
				case b.Add:
					t.init, t.rowInit = t.c, b.RowC
				case b.Bias != nil:
					t.init = unsafe.Add(b.Bias, 4*j)
				}
				kernels[end-i](t)
			}
		}
	}
}
