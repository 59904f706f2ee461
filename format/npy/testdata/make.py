"""Writes the .npy files of the tests with numpy itself.

    pip install numpy==2.4.6
    python3 make.py
"""
import numpy as np

a = (np.arange(24, dtype=np.float32) / 4 - 2).reshape(2, 3, 4)
np.save("f4.npy", a)
np.save("f4_fortran.npy", np.asfortranarray(a))
np.save("f4_big.npy", a.astype(">f4"))
np.save("f8_fortran.npy", np.asfortranarray(a.astype("<f8")))
np.save("f2.npy", a.astype("<f2"))
np.save("i8_big.npy", np.arange(-3, 3).astype(">i8").reshape(3, 2))
np.save("u1.npy", np.array([0, 128, 255], dtype=np.uint8))
np.save("b1.npy", np.array([True, False]))
np.save("scalar.npy", np.float32(2.5))
np.save("empty.npy", np.zeros((0, 3), dtype=np.float32))
np.save("structured.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
np.save("complex.npy", np.zeros(2, dtype=np.complex64))
for version in (2, 3):
    with open(f"v{version}.npy", "wb") as f:
        np.lib.format.write_array(f, a, version=(version, 0))

# Arrays for reading in parts, and archives of them.
np.save("u2_fortran.npy", np.asfortranarray(np.arange(24, dtype=">u2").reshape(4, 3, 2)))
np.save("objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
x, y = np.arange(24, dtype=np.uint8).reshape(3, 2, 4), np.array([2, 0, 1])
np.savez("stored.npz", x=x, y=y)
np.savez_compressed("deflated.npz", x=np.asfortranarray(x), y=y)
