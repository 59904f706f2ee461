package mutant

// Products on Hopper's tensor cores: what its fences, waits and barriers order, and where
// the numbers lie that wgmma reads.
var hopperMutants = []source{
	hopper("no fence of the sums", "wgmma_fence(); #pragma unroll", "#pragma unroll"),
	hopper("no fence of what cp.async wrote", "async_fence(); asm volatile", "asm volatile"),
	hopper("the fence before the wait",
		"copy_wait<DEPTH>(); async_fence();", "async_fence(); copy_wait<DEPTH>();"),
	hopper("the wait for copies leaves one stage too many", "copy_wait<DEPTH>();", "copy_wait<DEPTH + 1>();"),
	hopper("the sums are stored before the wait for them", "wgmma_sums(d);", ""),
	hopper("the stage that is being read is given back", "wgmma_wait<1>();", ""),
	hopper("the wait before a stage is given back leaves a group too many",
		"wgmma_wait<1>();", "wgmma_wait<2>();"),
	hopper("a group is never closed", "wgmma_commit(); wgmma_wait<1>();", "wgmma_wait<1>();"),
	hopper("a stage is read before it is full", "barrier_wait(full + 8 * turn.stage, turn.parity);", ""),
	hopper("a stage is filled before it is empty",
		"barrier_wait(empty + 8 * turn.stage, turn.parity ^ 1);", ""),
	hopper("the first round waits for a stage to be given back",
		"barrier_wait(empty + 8 * turn.stage, turn.parity ^ 1);",
		"barrier_wait(empty + 8 * turn.stage, turn.parity);"),
	hopper("the ring's second round has the parity of the first", "stage = 0, parity ^= 1;", "stage = 0;"),
	hopper("one warpgroup's reads are not waited for",
		"barrier_init(empty + 8 * s, 8);", "barrier_init(empty + 8 * s, 4);"),
	hopper("more registers than there are", "more_registers<208>();", "more_registers<216>();"),
	hopper("chunks are not swizzled", "(chunk ^ row % 8) * 16", "chunk * 16"),
	hopper("boxes half as far apart", "(u64)(8192 >> 4) << 16", "(u64)(4096 >> 4) << 16"),
	hopper("patterns of eight rows too far apart", "(u64)(1024 >> 4) << 32", "(u64)(2048 >> 4) << 32"),
	hopper("no swizzle in the descriptor", "return (u64)1 << 62 |", "return (u64)0 << 62 |"),
	hopper("both warpgroups multiply the same rows",
		"wgmma_matrix(stage + group * 8192)", "wgmma_matrix(stage)"),
	hopper("the second 16 of K where K is contiguous", "ma + kk * (SA::kc() ? 32 : 2048) / 16",
		"ma + kk * (SA::kc() ? 64 : 2048) / 16"),
	hopper("the second 16 of K where it is not", "mb + kk * (SB::kc() ? 32 : 2048) / 16",
		"mb + kk * (SB::kc() ? 32 : 1024) / 16"),
	hopper("A as if K were contiguous", "wgmma_bf16<!SA::kc(), !SB::kc()>", "wgmma_bf16<0, !SB::kc()>"),
	hopper("the next box of a tile is that of the next row", "base + q / 4 * 64 + chunk * 8",
		"base + q / 4 * 32 + chunk * 8"),
	hopper("what lies outside is copied all the same", "\"r\"(in ? 16 : 0)", "\"r\"(16)"),
	hopper("every other turn is left out",
		"more_registers<208>(); for (int tile = blockIdx.x; tile < tiles; tile += gridDim.x)",
		"more_registers<208>(); for (int tile = blockIdx.x; tile < tiles; tile += 2 * gridDim.x)"),
	hopper("tiles beyond a band lie in it", "band * BAND + of % high", "of % high"),
	hopper("the last band is as high as the others", "min_i(BAND, rows - band * BAND)", "BAND"),
	hopper("sums of the tile before", "for (int i = 0; i < BN / 2; i++) d[i] = 0.0f;",
		"for (int i = 0; i < BN / 2; i++) d[i] = tile < (int)gridDim.x ? 0.0f : 1.0f;"),
	hopper("no barrier before the slab is read",
		"asm volatile(\"bar.warp.sync -1;\" ::: \"memory\"); const int n =",
		"const int n ="),
}

// hopper is a mutant that the tests of package kernels are to catch.
func hopper(name, from, to string) source {
	return source{"hopper", name, from, to, "gemm_hopper", products, "bf16", "GemmHopper"}
}
