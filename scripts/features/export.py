"""A small convolutional network with random weights, exported by torch.onnx, and onnxruntime's
features of it, against `eval`'s.

    export.py --write DIR      the model, pictures and what onnxruntime makes of them
    export.py --compare DIR    features-onnx.npy of DIR against those
"""

import argparse
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
from torch import nn

SIDE = 32
TOLERANCE = 1e-4


class Residual(nn.Module):
    """A block of ResNet, with the squeeze-and-excitation of EfficientNet."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.a, self.b = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.Conv2d(o, o, 3, 1, 1, groups=o, bias=False)
        self.c, self.d = nn.BatchNorm2d(o), nn.BatchNorm2d(o)
        self.down, self.squeeze, self.excite = nn.Conv2d(i, o, 1, stride), nn.Conv2d(o, 4, 1), nn.Conv2d(4, o, 1)

    def forward(self, x):
        y = F.silu(self.d(self.b(F.relu6(self.c(self.a(x))))))
        y = y * torch.sigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(y, 1)))))
        return F.relu(y + self.down(x))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 16, 7, 2, 3, bias=False), nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(Residual(16, 24, 1), Residual(24, 40, 2), Residual(40, 40, 1))
        self.out = nn.Linear(40, 50)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.stem(x))), 3, 2, 1)
        x = F.avg_pool2d(self.blocks(x), 3, 1, 1)
        return self.out(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


def write(dir):
    import onnxruntime

    torch.manual_seed(0)
    net = Network().eval()
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            nn.init.normal_(m.running_mean, 0, 0.1)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    x = numpy.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=numpy.uint8)
    numpy.save(dir / "pictures.npy", x)
    shown = ((x / 255 - 0.5) / 0.25).astype(numpy.float32).transpose(0, 3, 1, 2)
    torch.onnx.export(net, (torch.zeros(2, 3, SIDE, SIDE),), dir / "network.onnx", dynamo=True, verbose=False,
                      dynamic_shapes=({0: torch.export.Dim("batch")},))
    session = onnxruntime.InferenceSession(dir / "network.onnx", providers=["CPUExecutionProvider"])
    numpy.save(dir / "wanted.npy", session.run(None, {session.get_inputs()[0].name: shown})[0])


def compare(dir):
    got, want = numpy.load(dir / "features-onnx.npy"), numpy.load(dir / "wanted.npy")
    off = numpy.abs(got - want).max() / numpy.abs(want).max()
    print(f"onnx, {want.shape[1]} features: {off:.2e} of the largest off onnxruntime at most")
    if got.shape != want.shape or not 0 < off < TOLERANCE:
        sys.exit(f"got features {got.shape} that are {off:.2e} off, want less than {TOLERANCE:g}")


parser = argparse.ArgumentParser()
parser.add_argument("--write", type=pathlib.Path)
parser.add_argument("--compare", type=pathlib.Path)
args = parser.parse_args()
torch.set_num_threads(2)
if args.write:
    write(args.write)
if args.compare:
    compare(args.compare)
