"""Writes two files in the layout of SVHN, with scipy 1.x, for svhn_test.go:

    python3 datasets/testdata/svhn.py
"""
import os

import numpy as np
from scipy.io import savemat

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "svhn")
row, column, channel, image = np.indices((32, 32, 3, 3))
X = (row + 2 * column + 64 * channel + 5 * image).astype(np.uint8)
y = np.array([[10], [1], [9]], dtype=np.uint8)
savemat(os.path.join(here, "train_32x32.mat"), {"X": X, "y": y}, do_compression=True)
savemat(os.path.join(here, "test_32x32.mat"), {"X": X[..., 0], "y": y[:1].astype(float)}, do_compression=True)
