// Package cuda runs plans on an NVIDIA GPU, or on the emulator of one.
//
// A Device is a driver.Context with the kernels of package kernels loaded into
// it, module by module, as plans ask for them. Load turns a plan into a list of
// launches with every argument in place, captures them as one CUDA graph, and a
// Run is then one call. States and inputs have fixed addresses; temporaries lie
// in one arena, the scratch memory of kernels in one workspace.
//
// # Inputs
//
// An input has two pinned buffers on the host and two staging areas on the
// device, filled by a stream of their own, so that a batch travels while the
// previous step runs; a run begins by copying the newest batch to its place.
//
// # Precision
//
// A plan in bf16 or TF32 runs its matrix products, convolutions and attention,
// with heads of up to 128, on tensor cores, which takes compute capability 8.0;
// everything else is float32. Weights stay float32 and in bf16 have a copy in
// bfloat16 beside them, 2 bytes each, which products with the weights on their
// right read instead. AdamW writes it with the weights, and it is rounded again
// before the next run once the host has written them.
package cuda
