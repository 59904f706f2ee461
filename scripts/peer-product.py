#!/usr/bin/env python3
"""Matrix products of PyTorch, which are cuBLAS's on a GPU, at the sizes of a training step.

    PEER_DEVICE=cuda peer-product.py [WIDTH...]

For each width of a transformer (384 is S/2, 768 B/2, 1152 XL/2) and each of its three large
products - forward, gradient of the data, gradient of the weights - of 65,536 tokens it prints
M, N, K, the transposes and TFLOP/s in bfloat16: the median of 20 graphs of as many products as
take about a millisecond, each on operands of its own, so that the L2 holds none of them.
"""
import os
import statistics
import sys
import time

import torch

device = os.environ.get("PEER_DEVICE", "cuda")
tokens, rounds = (65536, 20) if device == "cuda" else (256, 3)


def products(width):
    """The products of an MLP's first layer: y = x.w, dx = dy.w', dw = x'.dy."""
    wide = 4 * width
    yield "NN", tokens, wide, width
    yield "NT", tokens, width, wide
    yield "TN", width, wide, tokens


def operands(kind, m, n, k):
    a = torch.randn((k, m) if kind[0] == "T" else (m, k), device=device).bfloat16()
    b = torch.randn((n, k) if kind[1] == "T" else (k, n), device=device).bfloat16()
    return (a.t() if kind[0] == "T" else a), (b.t() if kind[1] == "T" else b)


def seconds(work, copies):
    """The time of one of the copies that work makes, without the host's."""
    if device != "cuda":
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) / copies
    graph = torch.cuda.CUDAGraph()
    work()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        work()
    events = [(torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)) for _ in range(rounds)]
    graph.replay()
    for start, end in events:
        start.record()
        graph.replay()
        end.record()
    torch.cuda.synchronize()
    return statistics.median(start.elapsed_time(end) for start, end in events) / 1e3 / copies


def main(widths):
    for width in widths:
        for kind, m, n, k in products(width):
            flop = 2 * m * n * k
            copies = max(2, min(8, int(6e11 / flop)))
            pairs = [operands(kind, m, n, k) for _ in range(copies)]
            out = torch.empty((m, n), device=device, dtype=torch.bfloat16)

            def work():
                for a, b in pairs:
                    torch.matmul(a, b, out=out)

            print(f"{kind} {m}x{n}x{k}: {flop / seconds(work, copies) / 1e12:.1f} TFLOP/s", flush=True)


if __name__ == "__main__":
    main([int(w) for w in sys.argv[1:]] or [384, 768, 1152])
