#!/usr/bin/env python3
"""Prints the table of docs/many-machines.md: a MODEL of a training step on many GPUs. Nothing in it is measured.

A step of W weights and F FLOP an image and evaluation, on R GPUs that share a batch of B images:

    compute  3 F B/R at half of the dense bf16 peak, as everywhere in these documents
    update   36 bytes a weight (5 arrays read, 4 written) at the memory's bandwidth, on every GPU
    sum      2 (R-1)/R of 4 W bytes at the least rate on the way, and two latencies for each hop of its rings
    step     the sum begins with the last layer's gradient: the last two thirds of the compute can hide it, the update not
    host     what is built today instead: the sum goes down to the host and up again, and over MPI, and hides nothing

Makers' figures: H200 989 TFLOP/s dense bf16, 4.8 TB/s; NVLink 4, 900 GB/s for both ways, so 450 each; ConnectX-7 (NDR
InfiniBand), 400 Gb/s = 50 GB/s, one for each GPU of a DGX H100/H200; PCIe 5.0 x16, 64 GB/s. Assumed: 5 us a hop of NVLink,
15 us of the network; 10 GB/s a process of MPI through memory.
"""
import math

PEAK, MEMORY, NVLINK, NIC, PCIE, MPI = 989e12, 4.8e12, 450e9, 50e9, 64e9, 10e9
HOP, NETHOP, NODE = 5e-6, 15e-6, 8


def total(bytes_, r):
    """Seconds of a sum on r GPUs: rings through all GPUs of a host, one over each network card."""
    if r == 1:
        return 0
    rate = NVLINK if r <= NODE else min(NVLINK, NODE * NIC)
    hops = 2 * (min(r, NODE) - 1) * HOP + (2 * math.log2(r / NODE) * NETHOP if r > NODE else 0)
    return 2 * (r - 1) / r * bytes_ / rate + hops


def row(weights, flop, batch, r):
    compute = 3 * flop * batch / r / (PEAK / 2)
    update, s = 36 * weights / MEMORY, total(4 * weights, r)
    step = max(compute, compute / 3 + s) + update
    host = compute + update + (2 * 4 * weights / PCIE + 2 * (r - 1) / r * 4 * weights / MPI if r > 1 else 0)
    one = 3 * flop * batch / (PEAK / 2) + update
    return compute, s, update, step, one / step / r, one / host / r


print("| network, batch | GPUs | images each | compute | sum | update | step | of R times one | the same through the host |")
print("|---|---|---|---|---|---|---|---|---|")
for name, weights, flop in (("B/2", 129.5e6, 46.16e9), ("XL/2", 673.2e6, 237.8e9)):
    for what, batch in (("256", lambda r: 256), ("32 a GPU", lambda r: 32 * r)):
        for r in (8, 64, 512):
            if batch(r) < r:
                continue
            c, s, u, t, e, h = row(weights, flop, batch(r), r)
            if what != "256":  # against one GPU with as many images a second
                e, h = (row(weights, flop, 32, 1)[3] / t), (row(weights, flop, 32, 1)[3] / (t * e / h))
            print("| %s, %s | %d | %g | %.1f ms | %.1f ms | %.1f ms | %.1f ms | %.0f %% | %.0f %% |" % (
                name, what, r, batch(r) / r, 1e3 * c, 1e3 * s, 1e3 * u, 1e3 * t, 100 * e, 100 * h))
