// Attention in float32, with heads of up to 256: see attention_f32.cuh. They are
// rare, and a driver compiles whole files.
#include "attention_f32.cuh"

ATTENTION(256, 32, 32, 16, 16)
