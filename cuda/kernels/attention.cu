// Attention in float32, with heads of up to 128: see attention_f32.cuh.
#include "attention_f32.cuh"

ATTENTION(32, 64, 32, 32, 32)
ATTENTION(64, 64, 32, 32, 32)
ATTENTION(128, 64, 32, 32, 16)
