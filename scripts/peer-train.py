#!/usr/bin/env python3
"""The training step and the sampling step of the networks of package model in PyTorch.

Layer for layer what Stillfield trains: a residual MLP, U-Nets, the transformer S/2. A training step is
noise, corruption, target, forward, backward, clip by global norm, fused AdamW and an average by
foreach-lerp; a sampling step is one update of Nesterov's descent, which evaluates the network once.

    peer-train.py NETWORK BATCH MODE STEPS      trains, and prints weights, images a second and the
                                                greatest resident memory in MB
    peer-train.py NETWORK BATCH MODE --serve    answers requests of scripts/peers/networks.py, one a line

NETWORK is one of NETWORKS below. MODE is eager, nhwc (channels last, for images) or compile (torch.compile of
network and loss, channels last for images). PEER_DEVICE is cpu (the default) or cuda, PEER_PRECISION float32
(the default), tf32 (products and convolutions) or bf16 (by autocast).
"""
import json
import os
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c, o):
        super().__init__()
        self.n0, self.c0 = nn.GroupNorm(groups(c), c), nn.Conv2d(c, o, 3, padding=1)
        self.n1, self.c1 = nn.GroupNorm(groups(o), o), nn.Conv2d(o, o, 3, padding=1)
        self.skip = nn.Conv2d(c, o, 1) if c != o else nn.Identity()

    def forward(self, x):
        return self.skip(x) + self.c1(F.silu(self.n1(self.c0(F.silu(self.n0(x))))))


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm, self.qkv, self.out = nn.GroupNorm(groups(c), c), nn.Linear(c, 3 * c), nn.Linear(c, c)

    def forward(self, x):
        n, c, h, w = x.shape
        y = self.norm(x).permute(0, 2, 3, 1).reshape(n, h * w, c)
        q, k, v = self.qkv(y).chunk(3, -1)
        y = self.out(F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None])[:, 0])
        return x + y.reshape(n, h, w, c).permute(0, 3, 1, 2)


def groups(c):
    g = min(32, max(c // 4, 1))
    while c % g:
        g -= 1
    return g


class UNet(nn.Module):
    """model.UNet of side×side×colours images: ch channels, times levels; blocks a level; attention at those sides."""

    def __init__(self, colours, side, ch, levels, blocks, attention):
        super().__init__()
        self.inp = nn.Conv2d(colours, ch * levels[0], 3, padding=1)
        c, skips = ch * levels[0], [ch * levels[0]]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        attend = lambda i, c: Attention(c) if side >> i in attention else nn.Identity()
        for i, m in enumerate(levels):
            for _ in range(blocks):
                self.down.append(nn.Sequential(Block(c, ch * m), attend(i, ch * m)))
                c = ch * m
                skips.append(c)
            if i < len(levels) - 1:
                self.down.append(nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(c, c, 3, padding=1)))
                skips.append(c)
        self.mid = nn.Sequential(Block(c, c), Attention(c), Block(c, c))
        for i in reversed(range(len(levels))):
            for _ in range(blocks + 1):
                o = ch * levels[i]
                self.up.append(nn.Sequential(Block(c + skips.pop(), o), attend(i, o)))
                c = o
            if i:
                self.up.append(nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(c, c, 3, padding=1)))
        self.norm, self.out = nn.GroupNorm(groups(c), c), nn.Conv2d(c, colours, 3, padding=1)

    def forward(self, x):
        h = self.inp(x)
        skips = [h]
        for layer in self.down:
            h = layer(h)
            skips.append(h)
        h = self.mid(h)
        for layer in self.up:
            if isinstance(layer[0], Block):
                h = torch.cat([h, skips.pop()], 1)
            h = layer(h)
        return self.out(F.silu(self.norm(h)))


class MLP(nn.Module):
    def __init__(self, dim, width=512, depth=4):
        super().__init__()
        self.inp, self.out, self.norm = nn.Linear(dim, width), nn.Linear(width, dim), nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)) for _ in range(depth))

    def forward(self, x):
        h = self.inp(x)
        for b in self.blocks:
            h = h + b(h)
        return self.out(self.norm(h))


class DiTBlock(nn.Module):
    def __init__(self, c, heads):
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(c, elementwise_affine=False, eps=1e-6)
        self.qkv, self.out = nn.Linear(c, 3 * c), nn.Linear(c, c)
        self.mlp = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(approximate="tanh"), nn.Linear(4 * c, c))
        self.ada = nn.Linear(c, 6 * c)

    def forward(self, h, told):
        shift0, scale0, gate0, shift1, scale1, gate1 = self.ada(told)[:, None].chunk(6, -1)
        n, t, c = h.shape
        qkv = self.qkv(self.norm(h) * (1 + scale0) + shift0).reshape(n, t, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, c)
        h = h + gate0 * self.out(y)
        return h + gate1 * self.mlp(self.norm(h) * (1 + scale1) + shift1)


class DiT(nn.Module):
    """model.DiT of size S, patch 2, on 32x32x4 latents, told the class and not the time."""

    def __init__(self, c=384, depth=12, heads=6, side=16, pixels=16, classes=1000):
        super().__init__()
        self.inp, self.label = nn.Linear(pixels, c), nn.Embedding(classes + 1, c)
        self.register_buffer("places", torch.randn(side * side, c))
        self.blocks = nn.ModuleList(DiTBlock(c, heads) for _ in range(depth))
        self.norm, self.ada = nn.LayerNorm(c, elementwise_affine=False, eps=1e-6), nn.Linear(c, 2 * c)
        self.out = nn.Linear(c, pixels)

    def forward(self, x, label):
        n, c, h, w = x.shape
        tokens = x.reshape(n, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 3, 5, 1).reshape(n, h * w // 4, 4 * c)
        told, y = F.silu(self.label(label)), self.inp(tokens) + self.places
        for b in self.blocks:
            y = b(y, told)
        shift, scale = self.ada(told)[:, None].chunk(2, -1)
        y = self.out(self.norm(y) * (1 + scale) + shift)
        return y.reshape(n, h // 2, w // 2, 2, 2, c).permute(0, 5, 1, 3, 2, 4).reshape(n, c, h, w)


# How each is made, and the shape of a point. Those of scripts/peers/configs, and the MLP of digits-eqm.
NETWORKS = {
    "digits": (lambda: MLP(64), (64,)),
    "mlp": (lambda: MLP(128), (128,)),
    "unet": (lambda: UNet(1, 28, 32, (1, 2, 2), 1, (7,)), (1, 28, 28)),
    "unet10m": (lambda: UNet(3, 32, 64, (1, 2, 3), 2, (16,)), (3, 32, 32)),
    "dit": (DiT, (4, 32, 32)),
}


class Peer:
    """A network with its optimiser and average, in one mode and precision."""

    def __init__(self, network, mode, device, precision):
        make, self.shape = NETWORKS[network]
        self.device, self.bf16, self.images = device, precision == "bf16", len(self.shape) == 3 and network != "dit"
        self.told, self.mode = network == "dit", mode
        self.net = make().to(device)
        if self.last():
            self.net = self.net.to(memory_format=torch.channels_last)
        self.params = list(self.net.parameters())
        self.average = [p.detach().clone() for p in self.params]
        self.opt = torch.optim.AdamW(self.params, lr=1e-3, weight_decay=0, fused=True)
        self.loss, self.field = self.mean_square, self.net
        if mode == "compile":
            self.loss = torch.compile(self.mean_square)
            self.field = torch.compile(self.net, options={"freezing": True} if device == "cpu" else None)

    def last(self):
        return self.images and self.mode != "eager"

    def points(self, n):
        x = torch.randn(n, *self.shape, device=self.device)
        labels = [torch.randint(1000, (n,), device=self.device)] if self.told else []
        return (x.to(memory_format=torch.channels_last) if self.last() else x), labels

    def autocast(self):
        return torch.autocast(self.device, torch.bfloat16, enabled=self.bf16)

    def mean_square(self, x, t, eps, *told):
        gain = 4 * torch.clamp(t / 0.2, max=1)
        f = self.net(torch.lerp(x, eps, t), *told)
        return F.mse_loss(f.float(), gain * (eps - x))

    def step(self, x, told):
        t = torch.rand(len(x), *([1] * (x.dim() - 1)), device=self.device)
        eps = torch.randn_like(x)
        with self.autocast():
            loss = self.loss(x, t, eps, *told)
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.params, 1.0)
        self.opt.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.params, 1e-3)

    def train(self, x, told, steps):
        return [self.timed(lambda: self.step(x, told)) for _ in range(steps)]

    def sample(self, x, told, steps, eta=0.003, mu=0.35):
        m = torch.zeros_like(x)
        with torch.inference_mode() if self.mode != "compile" else torch.no_grad(), self.autocast():

            def step():
                nonlocal x, m
                m = self.field(torch.add(x, m, alpha=-eta * mu), *told).float()
                x = torch.add(x, m, alpha=-eta)

            return [self.timed(step) for _ in range(steps)]

    def timed(self, f):
        begin = time.perf_counter()
        f()
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begin


def greatest():
    """The greatest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def serve(peer, batch):
    """Answers "train N" and "sample B N" by the seconds of N steps, "memory" by MB."""
    points = {"train": peer.points(batch)}
    print(json.dumps({"weights": sum(p.numel() for p in peer.params)}), flush=True)
    for line in sys.stdin:
        a = line.split()
        if a[0] == "memory":
            answer = greatest()
        elif a[0] == "train":
            answer = peer.train(*points["train"], int(a[1]))
        else:
            key = int(a[1])
            points.setdefault(key, peer.points(key))
            answer = peer.sample(*points[key], int(a[2]))
        print(json.dumps(answer), flush=True)


def main():
    network, batch, mode, steps = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    torch.manual_seed(0)
    torch.set_num_threads(int(os.environ.get("PEER_THREADS", len(os.sched_getaffinity(0)))))
    device, precision = os.environ.get("PEER_DEVICE", "cpu"), os.environ.get("PEER_PRECISION", "float32")
    if precision not in ("float32", "tf32", "bf16"):
        sys.exit(f"peer-train: PEER_PRECISION: got {precision}, want float32, tf32 or bf16")
    if mode not in ("eager", "nhwc", "compile"):
        sys.exit(f"peer-train: MODE: got {mode}, want eager, nhwc or compile")
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    peer = Peer(network, mode, device, precision)
    if steps == "--serve":
        return serve(peer, batch)
    points = peer.points(batch)
    peer.train(*points, 3)
    times = sorted(peer.train(*points, int(steps)))
    print(f"{sum(p.numel() for p in peer.params)} {batch / times[len(times) // 2]:.2f} {greatest():.0f}")


main()
