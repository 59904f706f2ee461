"""Writes what the tests of format/torchpt and interchange read, on torch's CPU:

    python scripts/interchange/golden.py [DIR]     (with torch and safetensors; DIR is the repository)

interchange/testdata/eqm.pt    a checkpoint as Equilibrium Matching's train.py keeps it
             .../sit.safetensors   a state dict of a network that is told the time
             .../answers.safetensors   points, and what the networks make of them in float64
format/torchpt/testdata/kinds.pt   tensors of every type, and views of one storage
"""
import os
import sys
from argparse import Namespace

import torch
from safetensors.torch import save_file

from network import EqM


def network(seed, **options):
    torch.manual_seed(seed)
    net = EqM(input_size=4, in_channels=2, hidden_size=8, depth=2, num_heads=2, num_classes=3, **options)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if name != "pos_embed":
                p.copy_(0.3 * torch.randn(p.shape))
    return net


def main(root):
    ours, theirs = os.path.join(root, "interchange/testdata"), os.path.join(root, "format/torchpt/testdata")
    os.makedirs(ours, exist_ok=True)
    os.makedirs(theirs, exist_ok=True)
    eqm, raw = network(1), network(2)
    sit = network(3, learn_sigma=False, uncond=False, qk_norm=True)
    opt = torch.optim.AdamW(raw.parameters())
    torch.save({"model": raw.state_dict(), "ema": eqm.state_dict(), "opt": opt.state_dict(),
                "args": Namespace(model="EqM-tiny", ebm="none")}, ours + "/eqm.pt")
    save_file(sit.state_dict(), ours + "/sit.safetensors", metadata={"format": "pt"})
    torch.manual_seed(4)
    u, t, y = torch.randn(4, 2, 4, 4), torch.tensor([0.0, 0.25, 0.5, 1.0]), torch.tensor([0, 1, 2, 3])
    with torch.no_grad():
        answers = {"u": u, "t": t, "y": y}
        for name, net in {"eqm": eqm, "raw": raw, "sit": sit}.items():
            answers[name] = net.double()(u.double(), t.double(), y)
    save_file({k: v.float().contiguous() for k, v in answers.items()}, ours + "/answers.safetensors")

    a = torch.arange(24.0).reshape(2, 3, 4)
    kinds = {"view": a[1, 1:, ::2], "transposed": a.permute(2, 0, 1), "scalar": torch.tensor(7.0),
             "empty": torch.zeros(0, 5), "parameter": torch.nn.Parameter(a[0, 0])}
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
                  torch.int8, torch.uint8):
        kinds[str(dtype)[6:]] = torch.tensor([[0, 1], [2, 100]], dtype=dtype)
    kinds["bool"] = torch.tensor([True, False])
    torch.save(kinds, theirs + "/kinds.pt")


main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../.."))
