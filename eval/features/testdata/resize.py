"""Writes resize.npz: images of mode F as Pillow resizes them. pip install pillow==13.0.0 numpy"""
import numpy as np
from PIL import Image

filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
arrays = {}
for rows, columns, to_rows, to_columns in [(28, 28, 8, 8), (8, 8, 28, 28), (5, 9, 9, 4), (32, 32, 32, 20),
                                           (1, 7, 3, 3), (13, 6, 1, 1)]:
    i, j = np.mgrid[:rows, :columns]
    x = np.sin(1.3 * i * i + 0.7 * j + 0.1 * i * j).astype(np.float32)
    arrays[f"{rows}x{columns}"] = x
    for name, by in filters.items():
        y = Image.fromarray(x).resize((to_columns, to_rows), by)
        arrays[f"{name}_{rows}x{columns}_{to_rows}x{to_columns}"] = np.asarray(y)
np.savez("resize.npz", **arrays)
