#!/usr/bin/env python3
"""Times the products and convolutions of cpu/kernels against libraries.

See scripts/bench-peers. Each round times one shape on every implementation, one after
the other, so that what else the machine does falls on all of them alike; the
figure is the median of the rounds. GFLOP/s, 2 FLOP for a multiply-add. In bf16 ours reads and writes float32,
conversion counted, as a step of a plan does where nothing is stored in bfloat16; PyTorch's operands and results
are bfloat16.
"""
import argparse
import math
import os
import re
import statistics
import subprocess
import sys

PEERS = {
    ("gemm", "float32"): ["openblas", "onednn", "torch"],
    ("conv", "float32"): ["blocked", "nhwc", "torch"],
    ("gemm", "bf16"): ["torch-bf16"],
    ("conv", "bf16"): ["torch-bf16"],
}


class Peer:
    """A process that answers a line with a median and a best time."""

    def __init__(self, command, env):
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def ask(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        return [float(x) for x in self.p.stdout.readline().split()]


TORCH = r'''
import sys, time, torch
import torch.nn.functional as F
def timed(threads, seconds, f):
    torch.set_num_threads(threads)
    clock = time.thread_time if threads == 1 else time.perf_counter
    f(); calls = 0; start = clock(); times = []
    while not calls or clock() - start < 50e-6: f(); calls += 1
    start = last = clock()
    while last - start < seconds:
        for _ in range(calls): f()
        t = clock(); times.append((t - last) / calls); last = t
    times.sort()
    return times[len(times) // 2], times[0]
with torch.no_grad():
    for line in sys.stdin:
        a = line.split(); threads, seconds = int(a[2]), float(a[3])
        dtype = torch.bfloat16 if a[1] == "torch-bf16" else torch.float32
        torch.set_default_dtype(dtype)
        if a[0] == "gemm":
            m, n, k, op, q = int(a[4]), int(a[5]), int(a[6]), a[7], int(a[8])
            x = torch.randn(q, k, m).mT if op[0] == "T" else torch.randn(q, m, k)
            y = torch.randn(q, n, k).mT if op[1] == "T" else torch.randn(q, k, n)
            z = torch.empty(q, m, n)
            if q == 1: x, y, z = x[0], y[0], z[0]
            f = (lambda: torch.mm(x, y, out=z)) if q == 1 else (lambda: torch.bmm(x, y, out=z))
        else:
            n, h, w, c, k = map(int, a[4:9]); cl = torch.channels_last
            x = torch.randn(n, c, h, w).to(memory_format=cl); g = torch.randn(k, c, 3, 3).to(memory_format=cl)
            y = torch.randn(n, k, h, w).to(memory_format=cl)
            mask = [a[9] == "data", a[9] == "filter", False]
            if a[9] == "forward": f = lambda: F.conv2d(x, g, padding=1)
            else:
                one = [1, 1]
                f = lambda: torch.ops.aten.convolution_backward(y, x, g, None, one, one, one, False, [0, 0], 1, mask)
        print(*timed(threads, seconds, f), flush=True)
'''


def ours(binary, cwd, bench, seconds):
    out = subprocess.run(
        [binary, "-test.run=^$", f"-test.bench={bench}", f"-test.benchtime={seconds}s"],
        cwd=cwd, check=True, capture_output=True, text=True).stdout
    found = [re.search(r"([0-9.]+(?:e[+-]?\d+)?) " + name, out) for name in ("median-ns", "best-ns")]
    if not all(found):
        sys.exit(f"bench-peers: no figure for {bench}:\n{out}")
    return [float(f[1]) * 1e-9 for f in found]


def cases(path, kind, wanted):
    """Yields the title, the fields and the FLOP of each shape of a kind in the wanted sets."""
    for line in open(path, encoding="utf-8"):
        f = line.split()
        if not f or f[0] != kind or wanted and f[1] not in wanted:
            continue
        if kind == "gemm":
            m, n, k, op, q = f[2:]
            title = f"{m}×{n}×{k} {op}" + (f" ×{q}" if q != "1" else "")
            yield title, f[2:], 2 * int(m) * int(n) * int(k) * int(q)
        else:
            n, h, w, c, k = map(int, f[2:])
            for d in ("forward", "data", "filter"):
                yield f"{n}·{h}×{w} {c}→{k} {d}", f[2:] + [d], 2 * n * h * w * c * k * 9


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--ours", required=True, help="test binary of cpu/kernels")
    p.add_argument("--peers", help="binary of kernels.cc")
    p.add_argument("--kernel", required=True, help="directory of cpu/kernels")
    p.add_argument("--python", help="interpreter with torch")
    p.add_argument("--threads", default="1,2")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=0.1, help="of each implementation in each round")
    p.add_argument("--sets", default="", help="comma-separated names from shapes.txt; all of them if empty")
    p.add_argument("--best", action="store_true", help="the best sample, not the median: for a machine that is shared")
    p.add_argument("--level", default="", help="of ours in float32: avx2 or avx512, the best by default")
    p.add_argument("--precisions", default="float32,bf16")
    p.add_argument("--kinds", default="gemm,conv")
    return p.parse_args()


def start(o):
    """Starts the peers that there are: name to process."""
    # A machine may pin the library to an old core; that is not the peer to beat.
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    peers = {}
    if o.peers:
        native = Peer([o.peers], env)
        peers.update({k: native for k in ("openblas", "onednn", "blocked", "nhwc")})
    if o.python:
        peers["torch"] = peers["torch-bf16"] = Peer([o.python, "-c", TORCH], env)
    return peers


def measure(o, peers, kind, names, level, threads, fields):
    """Times one shape on every implementation, round by round; name to seconds."""
    times = {n: [] for n in ["ours"] + names}
    head = fields if kind == "gemm" else fields[:-1]
    bench = f"^Benchmark{kind.capitalize()}$/^{'x'.join(head)}$/"
    bench += ("" if kind == "gemm" else f"^{fields[-1]}$/") + f"^{level}-{threads}$"
    for _ in range(o.rounds):
        times["ours"].append(ours(o.ours, o.kernel, bench, o.seconds))
        for n in names:
            times[n].append(peers[n].ask(f"{kind} {n} {threads} {o.seconds} " + " ".join(fields)))
    if o.best:
        return {n: min(best for _, best in v) for n, v in times.items()}
    return {n: statistics.median(median for median, _ in v) for n, v in times.items()}


def mean(v):
    return math.exp(sum(map(math.log, v)) / len(v))


def table(o, peers, kind, precision, threads):
    names = [n for n in PEERS[kind, precision] if n in peers]
    if not names:
        print(f"bench-peers: none of the libraries for {kind} in {precision} is here", file=sys.stderr)
        return
    level = o.level or ("avx512" if " avx512f " in open("/proc/cpuinfo", encoding="utf-8").read() else "avx2")
    level = "bf16" if precision == "bf16" else level
    what = "best" if o.best else "median"
    print(f"\n{kind}, {precision} ({level}), {threads} thread(s), {what} of {o.rounds} rounds of {o.seconds} s, GFLOP/s\n")
    print("| shape | ours | " + " | ".join(names) + " | ours/best |")
    print("|---" * (len(names) + 3) + "|", flush=True)
    ratios, each = [], {n: [] for n in names}
    shapes = os.path.join(o.kernel, "testdata/shapes.txt")
    for title, fields, flops in cases(shapes, kind, o.sets.split(",") if o.sets else []):
        t = measure(o, peers, kind, names, level, threads, fields)
        best = min(t[n] for n in names)
        ratios.append(best / t["ours"])
        for n in names:
            each[n].append(t[n] / t["ours"])
        figures = " | ".join(f"{flops / t[n] * 1e-9:.0f}" for n in ["ours"] + names)
        print(f"| {title} | {figures} | {best / t['ours']:.2f} |", flush=True)
    if ratios:
        means = " | ".join(f"{mean(each[n]):.2f}" for n in names)
        print(f"| geometric mean of ours/peer | | {means} | {mean(ratios):.2f} |")
        print(f"| least | | " + " | " * len(names) + f"{min(ratios):.2f} |", flush=True)


def main():
    o = options()
    peers = start(o)
    for threads in map(int, o.threads.split(",")):
        for precision in o.precisions.split(","):
            for kind in o.kinds.split(","):
                table(o, peers, kind, precision, threads)


if __name__ == "__main__":
    main()
