"""Writes official.safetensors with the format's own implementation.

    pip install safetensors==0.8.0 numpy==2.4.6
    python3 official.py
"""
import struct

import numpy as np
from safetensors import TensorSpec, serialize_file


def spec(dtype, shape, a):
    return TensorSpec(dtype=dtype, shape=shape, data_ptr=a.ctypes.data, data_len=a.nbytes)


f32 = np.arange(6, dtype=np.float32) / 4 - 0.5
f64 = np.array([0.1, -1e-300, 3.0])
f16 = np.array([1.5, -(2.0**-24), 65504.0, np.inf], dtype=np.float16)
bf16 = np.array([0x3F80, 0xC000, 0x0001], dtype=np.uint16)  # 1, -2, 2^-133
i64 = np.array([-(1 << 40), 7])
u8 = np.array([0, 1, 127, 128, 255], dtype=np.uint8)
scalar = np.array(2.5, dtype=np.float32)
serialize_file(
    {
        "f32": spec("float32", [2, 3], f32),
        "f64": spec("float64", [3], f64),
        "f16": spec("float16", [2, 2], f16),
        "bf16": spec("bfloat16", [3, 1], bf16),
        "i64": spec("int64", [2], i64),
        "u8": spec("uint8", [5], u8),
        "scalar": spec("float32", [], scalar),
        "empty": spec("float32", [0, 4], f32[:0]),
    },
    "official.safetensors",
    {"format": "np", "note": "naïve ☃"},
)
