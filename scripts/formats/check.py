"""Reads what `go run ./scripts/formats DIR` wrote with the programs the formats
belong to. Called by formats-check.sh."""
import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import numpy as np
import safetensors
import safetensors.numpy
import tensorboard
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator as PluginEventAccumulator,
)
from tensorboard.util import tensor_util

A = (np.arange(24, dtype=np.float32) / 4 - 2).reshape(2, 3, 4)
# Steps 1 to 5 of the first file, and the second from where it resumed.
CURVE = [(s, s + (0.5 if s > 5 else 0.0)) for s in range(1, 13)]
IMAGES = [3, 6, 9, 12]
SIZE = (3 * 2 * 2 + 4, 2 * 2 * 2 + 3)  # the grid of pictures, width and height


def same(got, want, what):
    assert got.dtype == want.dtype and got.shape == want.shape, (what, got, want)
    assert got.tobytes() == want.tobytes(), (what, got, want)


def check_safetensors(path):
    t = safetensors.numpy.load_file(path)
    assert sorted(t) == ["empty", "scalar", "w10", "w2"], sorted(t)
    same(t["w10"], A, "w10")
    same(t["w2"], A.reshape(24), "w2")
    same(t["scalar"], np.array(-2, dtype=np.float32), "scalar")
    assert t["empty"].shape == (0, 4)
    with safetensors.safe_open(path, "np") as f:
        m = f.metadata()
    assert m["config"] == 'name: "☃"\n' and m["step"] == "800", m
    assert m["checksum.w2"] == m["checksum.w10"], m
    print(f"ok  safetensors {safetensors.__version__}: tensors and metadata")


def check_npy(dir):
    same(np.load(f"{dir}/a.npy"), A, "a.npy")
    same(np.load(f"{dir}/row.npy"), A.reshape(24), "row.npy")
    same(np.load(f"{dir}/scalar.npy"), np.array(-2, dtype=np.float32), "scalar.npy")
    b = io.BytesIO()
    np.save(b, A)
    with open(f"{dir}/a.npy", "rb") as f:
        assert f.read() == b.getvalue(), "not the bytes numpy writes"
    print(f"ok  numpy {np.__version__}: arrays, byte for byte")


def check_accumulators(dir):
    e = EventAccumulator(dir)
    e.Reload()
    got = [(s.step, s.value) for s in e.Scalars("loss/train")]
    assert got == CURVE, got
    assert [i.step for i in e.Images("samples")] == IMAGES, e.Images("samples")
    img = Image.open(io.BytesIO(e.Images("samples")[0].encoded_image_string))
    assert img.size == SIZE and (e.Images("samples")[0].width, e.Images("samples")[0].height) == SIZE
    assert img.mode == "L" and img.getpixel((1, 1)) == 0  # (-2) is clamped to black
    p = PluginEventAccumulator(dir)
    p.Reload()
    got = [(t.step, float(tensor_util.make_ndarray(t.tensor_proto))) for t in p.Tensors("loss/train")]
    assert got == CURVE, got
    text = tensor_util.make_ndarray(p.Tensors("config")[0].tensor_proto)
    assert text.tolist() == ['\tname: "☃"'.encode()], text
    plugins = {t: p.SummaryMetadata(t).plugin_data.plugin_name for t in ("loss/train", "samples", "config")}
    assert plugins == {"loss/train": "scalars", "samples": "images", "config": "text"}, plugins
    print(f"ok  tensorboard {tensorboard.__version__}: scalars, images, text; resumed steps replaced")


def check_server(dir, fast):
    """Starts TensorBoard and asks it what its page asks it."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    tool = os.path.join(os.path.dirname(sys.executable), "tensorboard")
    cmd = [tool, "--logdir", dir, "--host", "127.0.0.1", "--port", str(port), f"--load_fast={fast}"]
    log = open(f"{dir}/server.log", "w+")
    server = subprocess.Popen(cmd, stdout=log, stderr=log)

    def get(path, **query):
        url = f"http://127.0.0.1:{port}/data/plugin/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as r:
            return r.read()

    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                run = next(iter(json.loads(get("scalars/tags"))))
                curve = json.loads(get("scalars/scalars", run=run, tag="loss/train"))
                if len(curve) == len(CURVE):
                    break
            except (OSError, StopIteration, ValueError):
                pass
            if time.monotonic() > deadline or server.poll() is not None:
                log.seek(0)
                sys.exit(f"TensorBoard (load_fast={fast}) did not show the run:\n{log.read()}")
            time.sleep(0.5)
        assert [(s, v) for _, s, v in curve] == CURVE, curve
        shown = json.loads(get("images/images", run=run, tag="samples", sample=0))
        assert [i["step"] for i in shown] == IMAGES, shown
        png = get("images/individualImage", **dict(urllib.parse.parse_qsl(shown[-1]["query"])))
        assert Image.open(io.BytesIO(png)).size == SIZE
        text = json.loads(get("text/text", run=run, tag="config"))
        assert "☃" in text[0]["text"] and "<code>" in text[0]["text"], text
        print(f"ok  tensorboard --load_fast={fast}: serves curve, image and text")
    finally:
        server.terminate()
        server.wait(10)
        log.close()


if __name__ == "__main__":
    d = sys.argv[1]
    check_safetensors(f"{d}/a.safetensors")
    check_npy(d)
    check_accumulators(f"{d}/events")
    for fast in ("false", "true"):
        check_server(f"{d}/events", fast)
