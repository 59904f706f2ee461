#!/usr/bin/env python3
"""Images a second of the same training step in PyTorch, for scripts/bench-train.sh.

The networks are those of package model, layer for layer: the residual MLP, the U-Net
and the transformer S/2 of 32x32x4 latents with 1,000 classes. A step is noise, corruption,
target, forward, backward, clip by global norm, fused AdamW and an average by foreach-lerp.
Prints weights, images a second and the greatest resident memory in MB.

    peer-train.py NETWORK BATCH MODE STEPS      NETWORK mlp, unet or dit; MODE eager, nhwc or compile

PEER_DEVICE is cpu (the default) or cuda, PEER_PRECISION float32 (the default), tf32
(products and convolutions) or bf16 (by autocast).
"""
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
    """model.UNet of 28x28x1: 32 channels, levels 1, 2, 2, one block, attention at 7."""

    def __init__(self, ch=32, levels=(1, 2, 2), side=28, attention=(7,)):
        super().__init__()
        self.inp = nn.Conv2d(1, ch * levels[0], 3, padding=1)
        c, skips = ch * levels[0], [ch * levels[0]]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i, m in enumerate(levels):
            self.down.append(nn.Sequential(Block(c, ch * m), Attention(ch * m) if side >> i in attention else nn.Identity()))
            c = ch * m
            skips.append(c)
            if i < len(levels) - 1:
                self.down.append(nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(c, c, 3, padding=1)))
                skips.append(c)
        self.mid = nn.Sequential(Block(c, c), Attention(c), Block(c, c))
        for i in reversed(range(len(levels))):
            for _ in range(2):
                o = ch * levels[i]
                self.up.append(nn.Sequential(Block(c + skips.pop(), o), Attention(o) if side >> i in attention else nn.Identity()))
                c = o
            if i:
                self.up.append(nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(c, c, 3, padding=1)))
        self.norm, self.out = nn.GroupNorm(groups(c), c), nn.Conv2d(c, 1, 3, padding=1)

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
    def __init__(self, dim=64, width=512, depth=4):
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


NETWORKS = {"mlp": (MLP, (64,)), "unet": (UNet, (1, 28, 28)), "dit": (DiT, (4, 32, 32))}


def main():
    network, batch, mode, steps = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.manual_seed(0)
    torch.set_num_threads(2)
    device, precision = os.environ.get("PEER_DEVICE", "cpu"), os.environ.get("PEER_PRECISION", "float32")
    if precision not in ("float32", "tf32", "bf16"):
        sys.exit(f"peer-train: PEER_PRECISION: got {precision}, want float32, tf32 or bf16")
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    make, shape = NETWORKS[network]
    net, x = make().to(device), torch.randn(batch, *shape).to(device)
    told = [torch.randint(1000, (batch,), device=device)] if network == "dit" else []
    if mode == "nhwc" and network == "unet":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    average = [p.detach().clone() for p in net.parameters()]
    params = list(net.parameters())
    opt = torch.optim.AdamW(params, lr=1e-3, weight_decay=0, fused=True)
    call = torch.compile(net) if mode == "compile" else net

    def step():
        t = torch.rand(batch, *([1] * (x.dim() - 1)), device=device)
        eps = torch.randn_like(x)
        gain = 4 * torch.clamp(t / 0.2, max=1)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            f = call((1 - t) * x + t * eps, *told)
        loss = ((f - gain * (eps - x)) ** 2).mean()
        opt.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, params, 1e-3)

    for _ in range(3):
        step()
    times = []
    for _ in range(steps):
        begin = time.perf_counter()
        step()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
    times.sort()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{sum(p.numel() for p in params)} {batch / times[len(times) // 2]:.2f} {memory:.0f}")


main()
