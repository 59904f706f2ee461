"""Writes the files of matlab5_test.go with scipy 1.x:

    python3 format/matlab5/testdata/write.py
"""
import os

import numpy as np
from scipy.io import savemat

here = os.path.dirname(os.path.abspath(__file__))
X = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)  # X[i, j, k, l] = 60i + 20j + 5k + l
y = np.array([[10], [1], [2], [10], [9]])
arrays = {
    "note": "a text",
    "X": X,
    "y": y.astype(np.float64),
    "y32": y.astype(np.int32),
    "half": np.array([[0.5]]),
    "wide": np.array([[256]]),
    "z": np.array([[1 + 2j]]),
    "names": np.array(["a", "bc"], dtype=object),
    "empty": np.zeros((0, 3)),
}
savemat(os.path.join(here, "plain.mat"), arrays)
savemat(os.path.join(here, "zipped.mat"), arrays, do_compression=True)
