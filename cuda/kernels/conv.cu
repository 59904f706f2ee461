// k×k convolutions of NHWC images in float32, as implicit matrix products: the
// matrix of patches is never stored, its source (contract.cuh, Taps) gathers.
//
//	forward  y[p, o]        = Σ_{τ,c} x[p + τ, c]·w[τ, c, o]    [n·h·w, k²c]·[k²c, o]
//	data    dx[p, c]        = Σ_{τ,o} g[p − τ, o]·w[τ, c, o]    [n·h·w, k²o]·[k²o, c]
//	filter  dw[(τ, c), o]   = Σ_p     x[p + τ, c]·g[p, o]       [k²c, n·h·w]·[n·h·w, o]
//
// p runs over the pixels of the batch, τ over the k² taps, stride 1, zero
// outside, ended by Target. 2·n·h·w·k²·c·o FLOP; pixels are read k² times, from L2.
// grid: x tiles of rows, y tiles of columns, z slices of the sum, each of step
// (a multiple of 32) terms; with several slices y is [slices, rows, columns] for
// combine_f32. Tiles are 128×64, and 128×32 (_32) where there are no more columns.
#include "contract.cuh"
#include "convolution.cuh"

CONVOLUTIONS(f32, float, float, contract_f32, FloatTarget, (256), 64, (128, 64, 16, 8, 4))
CONVOLUTIONS(f32_32, float, float, contract_f32, FloatTarget, (128, 3), 32, (128, 32, 16, 8, 4))
FILTER_GRADIENT(f32, float, float, contract_f32, FloatTarget, (256), 64, (128, 64, 16, 8, 4))
FILTER_GRADIENT(f32_32, float, float, contract_f32, FloatTarget, (128, 3), 32, (128, 32, 16, 8, 4))
