"""Shows the ONNX models that `go run ./scripts/interchange DIR` wrote to onnx's checker and to
onnxruntime. Called by interchange-check.sh:

    python scripts/interchange/check_onnx.py DIR
"""
import glob
import os
import sys

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def field(path):
    """ONNX's checker takes the model, and onnxruntime has the field of it, for any number of points."""
    onnx.checker.check_model(path + ".onnx", full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    run = onnxruntime.InferenceSession(path + ".onnx", options, providers=["CPUExecutionProvider"])
    a = load_file(path + ".answers.safetensors")
    a["label"] = a["label"].astype(np.int64)
    for rows in (3, 1):
        (f,) = run.run(["f"], {i.name: a[i.name][:rows] for i in run.get_inputs()})
        want = a["f"][:rows]
        off = np.abs(f - want) / (1 + np.abs(want))
        assert f.shape == want.shape and off.max() <= 1e-5, (path, rows, "is off by", off.max())


def main():
    paths = [p.removesuffix(".onnx") for p in sorted(glob.glob(os.path.join(sys.argv[1], "*.onnx")))]
    assert paths, "want models"
    for p in paths:
        field(p)
    print(f"check: onnx {onnx.__version__} takes {len(paths)} models; in onnxruntime "
          f"{onnxruntime.__version__} they are the fields to 1e-5")


main()
