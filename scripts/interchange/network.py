"""The transformer of DiT, SiT and Equilibrium Matching in PyTorch, with the names and the
arithmetic of the released code, written anew from it: what a state dict of that layout means."""
import math

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, width, heads, qk_norm):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.q_norm = nn.LayerNorm(width // heads) if qk_norm else nn.Identity()
        self.k_norm = nn.LayerNorm(width // heads) if qk_norm else nn.Identity()
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        score = self.q_norm(q) @ self.k_norm(k).transpose(-2, -1) / math.sqrt(c // self.heads)
        return self.proj((score.softmax(-1) @ v).transpose(1, 2).reshape(n, t, c))


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.act = nn.GELU(approximate="tanh")
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(self.act(self.fc1(x)))


def modulate(x, shift, scale):
    return x * (1 + scale.unsqueeze(1)) + shift.unsqueeze(1)


def modulation(width, k):
    return nn.Sequential(nn.SiLU(), nn.Linear(width, k * width))


class Block(nn.Module):
    def __init__(self, width, heads, qk_norm):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.attn = Attention(width, heads, qk_norm)
        self.mlp = Mlp(width)
        self.adaLN_modulation = modulation(width, 6)

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(c).chunk(6, dim=1)
        x = x + gate1.unsqueeze(1) * self.attn(modulate(self.norm(x), shift1, scale1))
        return x + gate2.unsqueeze(1) * self.mlp(modulate(self.norm(x), shift2, scale2))


class FinalLayer(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False, eps=1e-6)
        self.linear = nn.Linear(width, out)
        self.adaLN_modulation = modulation(width, 2)

    def forward(self, x, c):
        shift, scale = self.adaLN_modulation(c).chunk(2, dim=1)
        return self.linear(modulate(self.norm(x), shift, scale))


class Patches(nn.Module):
    def __init__(self, patch, channels, width):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Time(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, t):
        angle = t[:, None] * torch.exp(-math.log(10000) * torch.arange(128, dtype=t.dtype) / 128)
        return self.mlp(torch.cat([torch.cos(angle), torch.sin(angle)], dim=-1))


class Label(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.embedding_table = nn.Embedding(classes + 1, width)  # the last row is that of no class

    def forward(self, y):
        return self.embedding_table(y)


def places(width, side):
    """Sines and cosines of the column, then of the row, of each token."""
    omega = 10000.0 ** (-torch.arange(width // 4, dtype=torch.float64) / (width / 4))

    def waves(count):
        angle = torch.outer(count.double().flatten(), omega)
        return torch.cat([angle.sin(), angle.cos()], dim=1)

    row, column = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return torch.cat([waves(column), waves(row)], dim=1).float().unsqueeze(0)


class MLP(nn.Module):
    """The blind residual perceptron of this project, under its own names; points are flat, of
    images [h, w, c]."""

    def __init__(self, dim, width, depth):
        super().__init__()
        self.depth = depth
        self.add_module("in", nn.Linear(dim, width))
        for i in range(depth):
            block = nn.Module()
            block.norm, block.expand = nn.LayerNorm(width), nn.Linear(width, width)
            block.contract = nn.Linear(width, width)
            self.add_module(f"block{i}", block)
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, dim)

    def forward(self, u):
        h = self.get_submodule("in")(u.flatten(1))
        for i in range(self.depth):
            block = self.get_submodule(f"block{i}")
            h = h + block.contract(nn.functional.silu(block.expand(block.norm(h))))
        return self.out(self.norm(h)).reshape(u.shape)


class EqM(nn.Module):
    """u [n, c, h, h], t [n] and y [n] to the field [n, c, h, h]. uncond is told t = 0 always."""

    def __init__(self, input_size=32, patch_size=2, in_channels=4, hidden_size=1152, depth=28, num_heads=16,
                 num_classes=1000, learn_sigma=True, uncond=True, qk_norm=False):
        super().__init__()
        self.patch, self.channels, self.uncond = patch_size, in_channels, uncond
        self.out = in_channels * (2 if learn_sigma else 1)
        self.x_embedder = Patches(patch_size, in_channels, hidden_size)
        self.t_embedder = Time(hidden_size)
        self.y_embedder = Label(num_classes, hidden_size)
        self.pos_embed = nn.Parameter(places(hidden_size, input_size // patch_size), requires_grad=False)
        self.blocks = nn.ModuleList([Block(hidden_size, num_heads, qk_norm) for _ in range(depth)])
        self.final_layer = FinalLayer(hidden_size, patch_size * patch_size * self.out)

    def forward(self, u, t, y):
        x = self.x_embedder(u) + self.pos_embed
        c = self.t_embedder(torch.zeros_like(t) if self.uncond else t) + self.y_embedder(y)
        for block in self.blocks:
            x = block(x, c)
        x = self.final_layer(x, c)
        n, _, h, w = u.shape
        p = self.patch
        x = x.reshape(n, h // p, w // p, p, p, self.out)
        x = torch.einsum("nhwpqc->nchpwq", x).reshape(n, self.out, h, w)
        return x[:, : self.channels]  # the rest, of learn_sigma, is not part of the field
