"""Writes the arrays of the tests with numpy itself.

    pip install numpy==2.4.6
    python3 make.py
"""
import numpy as np

x = np.arange(8 * 4 * 4, dtype=np.uint8).reshape(8, 4, 4) * 2
y = np.array([0, 1, 2, 1, 0, 2, 1, 0], dtype=np.uint8)
np.savez("keras.npz", x_train=x[:6], y_train=y[:6], x_test=x[6:], y_test=y[6:])
np.savez_compressed("guided.npz", np.arange(3 * 5 * 5 * 3, dtype=np.uint8).reshape(3, 5, 5, 3), np.array([7, 0, 9]))
planes = (np.arange(4 * 3 * 5 * 6, dtype=np.float32) / 512).reshape(4, 3, 5, 6)
np.save("planes.npy", np.asfortranarray(planes))
np.save("labels.npy", np.array([[3], [0], [1], [3]], dtype=np.int32))
np.save("points.npy", (np.arange(10, dtype=np.float16) / 4 - 1).reshape(5, 2))
planes[2, 1, 3, 4] = np.nan
np.save("nan.npy", planes)
np.savez("latents.npz", moments=np.zeros((2, 4, 3, 3), "<f2") - .5, moments_flip=np.ones((2, 4, 3, 3), "<f2"),
         labels=np.array([4, 0]))
np.save("latents.npy", np.arange(36, dtype=">f4").reshape(2, 2, 3, 3))
np.save("flipped.npy", -np.arange(36, dtype="<f8").reshape(2, 2, 3, 3))
np.save("classes.npy", np.array([1, 4]))
