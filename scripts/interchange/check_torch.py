"""Holds the files of tests to what PyTorch writes today, and what `export` writes to what PyTorch
makes of it. Called by interchange-check.sh:

    python scripts/interchange/check_torch.py GOLDEN FILES
"""
import glob
import os
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from network import MLP, EqM

ROOT = os.path.join(os.path.dirname(__file__), "../..")


def near(got, want, what):
    assert got.shape == want.shape, (what, got.shape, want.shape)
    off = (got - want).abs() / (1 + want.abs())
    assert off.max() <= 1e-5, (what, "is off by", off.max().item())


def golden(made):
    """The committed files are what golden.py writes."""
    for path in ("interchange/testdata/sit.safetensors", "interchange/testdata/answers.safetensors"):
        new, old = load_file(os.path.join(made, path)), load_file(os.path.join(ROOT, path))
        assert new.keys() == old.keys(), path
        for name in new:
            near(new[name], old[name], (path, name))
    path = "interchange/testdata/eqm.pt"
    new, old = (torch.load(os.path.join(d, path), weights_only=False) for d in (made, ROOT))
    for part in ("model", "ema"):
        for name in new[part]:
            near(new[part][name], old[part][name], (path, part, name))


def state_dict(path):
    """The module that the metadata name takes the tensors and has the field, turned if they say so."""
    with safe_open(path + ".safetensors", "pt") as f:
        meta = f.metadata()
    if "stillfield.module" not in meta:
        return False
    net = eval(meta["stillfield.module"], {"EqM": EqM})  # of a file that this check has just had written
    net.load_state_dict(load_file(path + ".safetensors"))
    a = load_file(path + ".answers.safetensors")
    u = a["u"].permute(0, 3, 1, 2).requires_grad_(True)
    classes = net.y_embedder.embedding_table.num_embeddings - 1
    label = torch.where(a["label"] < 0, classes, a["label"]).long().clamp(max=classes)
    f = net(u, 1 - a["t"], label)
    if "gradient of u·output" in meta["stillfield.field"]:
        (f,) = torch.autograd.grad((u * f).sum(), u)
    sign = -1 if "times −1" in meta["stillfield.field"] else 1
    near(sign * f.detach().permute(0, 2, 3, 1), a["f"], path)
    return True


def perceptron(path):
    """A module with this project's names takes the tensors and has the field."""
    a = load_file(path + ".answers.safetensors")
    net = MLP(a["u"][0].numel(), 16, 2)
    net.load_state_dict(load_file(path + ".safetensors"))
    near(net(a["u"]).detach(), a["f"], path)


def main():
    golden(sys.argv[1])
    paths = sorted(glob.glob(os.path.join(sys.argv[2], "*.answers.safetensors")))
    paths = [p.removesuffix(".answers.safetensors") for p in paths]
    taken = sum(state_dict(p) for p in paths)
    assert taken >= 4, "want the transformers among what was exported"
    perceptron(os.path.join(sys.argv[2], "mlp-blind"))
    print(f"check: PyTorch {torch.__version__} takes {taken} state dicts; their fields agree to 1e-5")


main()
