"""Inception-v3 as FID has it, in plain PyTorch, with random weights, against `eval`'s.

The network is written from its publications alone: Szegedy et al., arXiv 1512.00567, and the
differences that pytorch-fid documents (means leave out padding, the last block takes maxima).

    inception.py --write DIR      the weights and pictures
    inception.py --compare DIR    what DIR has for features of each way to resize, against PyTorch's
    inception.py --golden FILE    a miniature of the blocks with what it makes, for `go test`
    inception.py --same A B       whether two of these have the same numbers
"""

import argparse
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

SIDE = 299
TOLERANCE = 1e-4


class Unit(nn.Module):
    def __init__(self, i, o, size, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(i, o, size, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(o, eps=0.001)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


def mean3(x):
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def max3(x):
    return F.max_pool2d(x, 3, 1, 1)


class Block(nn.Module):
    def units(self, **kwargs):
        for name, args in kwargs.items():
            self.add_module(name, Unit(*args))

    def run(self, x, *names):
        for name in names:
            x = getattr(self, name)(x)
        return x


class A(Block):
    def __init__(self, i, pool):
        super().__init__()
        self.units(branch1x1=(i, 64, 1), branch5x5_1=(i, 48, 1), branch5x5_2=(48, 64, 5, 1, 2),
                   branch3x3dbl_1=(i, 64, 1), branch3x3dbl_2=(64, 96, 3, 1, 1), branch3x3dbl_3=(96, 96, 3, 1, 1),
                   branch_pool=(i, pool, 1))

    def forward(self, x):
        return torch.cat([self.run(x, "branch1x1"), self.run(x, "branch5x5_1", "branch5x5_2"),
                          self.run(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
                          self.run(mean3(x), "branch_pool")], 1)


class B(Block):
    def __init__(self, i):
        super().__init__()
        self.units(branch3x3=(i, 384, 3, 2), branch3x3dbl_1=(i, 64, 1), branch3x3dbl_2=(64, 96, 3, 1, 1),
                   branch3x3dbl_3=(96, 96, 3, 2))

    def forward(self, x):
        return torch.cat([self.run(x, "branch3x3"),
                          self.run(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
                          F.max_pool2d(x, 3, 2)], 1)


class C(Block):
    def __init__(self, i, c):
        super().__init__()
        row, column = ((1, 7), 1, (0, 3)), ((7, 1), 1, (3, 0))
        self.units(branch1x1=(i, 192, 1), branch7x7_1=(i, c, 1), branch7x7_2=(c, c, *row),
                   branch7x7_3=(c, 192, *column), branch7x7dbl_1=(i, c, 1), branch7x7dbl_2=(c, c, *column),
                   branch7x7dbl_3=(c, c, *row), branch7x7dbl_4=(c, c, *column), branch7x7dbl_5=(c, 192, *row),
                   branch_pool=(i, 192, 1))

    def forward(self, x):
        return torch.cat([self.run(x, "branch1x1"), self.run(x, *(f"branch7x7_{k}" for k in (1, 2, 3))),
                          self.run(x, *(f"branch7x7dbl_{k}" for k in (1, 2, 3, 4, 5))),
                          self.run(mean3(x), "branch_pool")], 1)


class D(Block):
    def __init__(self, i):
        super().__init__()
        self.units(branch3x3_1=(i, 192, 1), branch3x3_2=(192, 320, 3, 2), branch7x7x3_1=(i, 192, 1),
                   branch7x7x3_2=(192, 192, (1, 7), 1, (0, 3)), branch7x7x3_3=(192, 192, (7, 1), 1, (3, 0)),
                   branch7x7x3_4=(192, 192, 3, 2))

    def forward(self, x):
        return torch.cat([self.run(x, "branch3x3_1", "branch3x3_2"),
                          self.run(x, *(f"branch7x7x3_{k}" for k in (1, 2, 3, 4))), F.max_pool2d(x, 3, 2)], 1)


class E(Block):
    def __init__(self, i, pool):
        super().__init__()
        row, column = ((1, 3), 1, (0, 1)), ((3, 1), 1, (1, 0))
        self.pool = pool
        self.units(branch1x1=(i, 320, 1), branch3x3_1=(i, 384, 1), branch3x3_2a=(384, 384, *row),
                   branch3x3_2b=(384, 384, *column), branch3x3dbl_1=(i, 448, 1),
                   branch3x3dbl_2=(448, 384, 3, 1, 1), branch3x3dbl_3a=(384, 384, *row),
                   branch3x3dbl_3b=(384, 384, *column), branch_pool=(i, 192, 1))

    def forward(self, x):
        a = self.run(x, "branch3x3_1")
        b = self.run(x, "branch3x3dbl_1", "branch3x3dbl_2")
        return torch.cat([self.run(x, "branch1x1"), self.branch3x3_2a(a), self.branch3x3_2b(a),
                          self.branch3x3dbl_3a(b), self.branch3x3dbl_3b(b),
                          self.run(self.pool(x), "branch_pool")], 1)


class Inception(nn.Module):
    def __init__(self):
        super().__init__()
        self.Conv2d_1a_3x3 = Unit(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = Unit(32, 32, 3)
        self.Conv2d_2b_3x3 = Unit(32, 64, 3, 1, 1)
        self.Conv2d_3b_1x1 = Unit(64, 80, 1)
        self.Conv2d_4a_3x3 = Unit(80, 192, 3)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = A(192, 32), A(256, 64), A(288, 64)
        self.Mixed_6a = B(288)
        self.Mixed_6b, self.Mixed_6c, self.Mixed_6d, self.Mixed_6e = C(768, 128), C(768, 160), C(768, 160), C(768, 192)
        self.Mixed_7a = D(768)
        self.Mixed_7b, self.Mixed_7c = E(1280, mean3), E(2048, max3)
        self.fc = nn.Linear(2048, 1008)

    def forward(self, x):
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(F.max_pool2d(x, 3, 2)))
        x = F.max_pool2d(x, 3, 2)
        for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"):
            x = getattr(self, "Mixed_" + name)(x)
        return x.mean((2, 3))


class Miniature(Block):
    """Every kind of unit, pool and fork, with few channels, on images of 21×17."""

    def __init__(self):
        super().__init__()
        self.stem = Unit(3, 4, 3, 2)
        self.one, self.two, self.three = Block(), Block(), Block()
        self.one.units(branch1x1=(4, 2, 1), branch7x7_1=(4, 3, (1, 7), 1, (0, 3)),
                       branch7x7_2=(3, 2, (7, 1), 1, (3, 0)), branch3x3_1=(4, 3, 1),
                       branch3x3_2a=(3, 2, (1, 3), 1, (0, 1)), branch3x3_2b=(3, 1, (3, 1), 1, (1, 0)),
                       branch_pool=(4, 2, 1))
        self.two.units(branch3x3=(9, 3, 3, 2))
        self.three.units(branch5x5=(12, 4, 5, 1, 2), branch_pool=(12, 3, 1))

    def forward(self, x):
        x, b = self.stem(x), self.one
        a = b.branch3x3_1(x)
        x = torch.cat([b.branch1x1(x), b.run(x, "branch7x7_1", "branch7x7_2"), b.branch3x3_2a(a),
                       b.branch3x3_2b(a), b.branch_pool(mean3(x))], 1)
        x = torch.cat([self.two.branch3x3(x), F.max_pool2d(x, 3, 2)], 1)
        return torch.cat([self.three.branch5x5(x), self.three.branch_pool(max3(x))], 1)


def random_network(of):
    torch.manual_seed(0)
    net = of().eval()
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight)
        if isinstance(m, nn.BatchNorm2d):
            nn.init.uniform_(m.weight, 0.5, 1.5)
            nn.init.normal_(m.bias, 0, 0.1)
            nn.init.normal_(m.running_mean, 0, 0.1)
            nn.init.uniform_(m.running_var, 0.5, 1.5)
    return net


def pictures():
    rng = numpy.random.default_rng(0)
    for name, shape, n in (("grey", (28, 28, 1), 3), ("coloured", (40, 72, 3), 2), ("large", (320, 310, 3), 2)):
        yield name, rng.integers(0, 256, (n, *shape), dtype=numpy.uint8)


def clean(x):
    planes = [numpy.asarray(Image.fromarray(x[..., c].astype(numpy.float32), "F").resize((SIDE, SIDE), Image.BICUBIC))
              for c in range(x.shape[-1])]
    return (numpy.stack(planes, -1).clip(0, 255) - 128) / 128


def pytorch(x):
    t = torch.from_numpy(x.astype(numpy.float32)).permute(2, 0, 1)[None] / 255
    t = F.interpolate(t, (SIDE, SIDE), mode="bilinear", align_corners=False)
    return (2 * t - 1)[0].permute(1, 2, 0).numpy()


def tf1(x):
    """resize_bilinear of TensorFlow 1: new pixel i is at i·old/new, between its two neighbours."""
    x = x.astype(numpy.float64)
    for axis in (0, 1):
        at = numpy.arange(SIDE) * (x.shape[axis] / SIDE)
        lower = numpy.floor(at).astype(int)
        upper = numpy.minimum(lower + 1, x.shape[axis] - 1)
        part = (at - lower).reshape([-1 if a == axis else 1 for a in range(3)])
        x = x.take(lower, axis) * (1 - part) + x.take(upper, axis) * part
    return (x - 128) / 128


WAYS = {"clean": clean, "pytorch": pytorch, "tf1": tf1}


def write(dir):
    net = random_network(Inception)
    save_file(net.state_dict(), dir / "inception.safetensors")
    for name, x in pictures():
        numpy.save(dir / f"{name}.npy", x)


def compare(dir):
    net = Inception().eval()
    net.load_state_dict(load_file(dir / "inception.safetensors"))
    worst = 0
    for path in sorted(dir.glob("features-*.npy")):
        _, way, name = path.stem.split("-")
        got, x = numpy.load(path), numpy.load(dir / f"{name}.npy")
        shown = numpy.stack([numpy.broadcast_to(WAYS[way](p), (SIDE, SIDE, 3)) for p in x])
        t = torch.from_numpy(numpy.ascontiguousarray(shown.transpose(0, 3, 1, 2))).float()
        with torch.no_grad():
            single, want = net.float()(t).numpy(), net.double()(t.double()).numpy()
        largest = numpy.abs(want).max()
        off, usual = numpy.abs(got - want).max() / largest, numpy.abs(single - want).max() / largest
        print(f"{way}, {name} {x.shape[1:]}: {off:.2e} of the largest feature off float64 at most; PyTorch in"
              f" float32 is {usual:.2e} off")
        print("  " + "  ".join(f"{a:.7f} {b:.7f}" for a, b in zip(got[-1, :4], want[-1, :4])))
        worst = max(worst, off)
    if not 0 < worst < TOLERANCE:
        sys.exit(f"got features that are {worst:.2e} off, want less than {TOLERANCE:g}")


def golden(file):
    net = random_network(Miniature)
    x = torch.randn(2, 3, 21, 17)
    with torch.no_grad():
        y = net.double()(x.double()).float()
    net.float()
    save_file({"images": x, "features": y} | {k: v for k, v in net.state_dict().items() if "num_batches" not in k}, file)


def same(a, b):
    a, b = load_file(a), load_file(b)
    if a.keys() != b.keys() or any(not torch.allclose(a[k], b[k], rtol=0, atol=1e-6) for k in a):
        sys.exit("the golden file differs from the one that is committed")


parser = argparse.ArgumentParser()
parser.add_argument("--write", type=pathlib.Path)
parser.add_argument("--compare", type=pathlib.Path)
parser.add_argument("--golden", type=pathlib.Path)
parser.add_argument("--same", nargs=2)
args = parser.parse_args()
torch.set_num_threads(2)
if args.write:
    write(args.write)
if args.compare:
    compare(args.compare)
if args.golden:
    golden(args.golden)
if args.same:
    same(*args.same)
