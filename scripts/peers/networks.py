#!/usr/bin/env python3
"""Times the training step and the sampling step of four networks beside PyTorch and stock Gorgonia.

See scripts/bench-peers. Each implementation is a process that keeps its network and answers requests. A round
asks all of them, one after the other and in another order each time, so that what else the machine does falls
on all alike; a figure is the median of the rounds, a round's the median of its steps. Only one of them runs at
a time. The processes of one network and precision are started together and ended before the next.
"""
import argparse
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Points of a training step, and those of one of Gorgonia's tape machine, which keeps every
# intermediate value of the graph and takes minutes for the whole batches.
NETWORKS = {
    "mlp": ("MLP 128→512×4", 512, 512),
    "unet": ("U-Net 28×28×1, 1.0 M", 128, 4),
    "unet10m": ("U-Net 32×32×3, 9.3 M", 32, 1),
    "dit": ("transformer S/2, 32.6 M", 8, 1),
}
SAMPLED = 16


class Process:
    """One implementation of one network. Its first line says what it is."""

    def __init__(self, name, command, env=None, interpreted=False):
        self.name, self.interpreted = name, interpreted
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env={**ENVIRONMENT, **(env or {})})
        self.steps, self.rounds, self.sampled = {}, {}, SAMPLED

    def read(self):
        line = self.p.stdout.readline()
        if not line:
            self.status = self.p.wait()
            return None
        return json.loads(line)

    def ask(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        answer = self.read()
        if answer is None:
            raise EOFError(f"{self.name}: ended with status {self.status} at {line!r}")
        return answer

    def start(self, batch):
        """Waits until the network is there; None where it cannot be had."""
        self.about = self.read()
        self.batch = self.about and self.about.get("batch", batch)
        return self.about

    def request(self, what, steps):
        return f"train {steps}" if what == "train" else f"sample {self.sampled} {steps}"

    def warm(self, what, seconds):
        """Runs what is not counted, and says how many steps a round shall have."""
        t = self.ask(self.request(what, 1))[-1]
        if not self.interpreted:  # the first step of what is compiled says nothing
            t = self.ask(self.request(what, 1))[-1]
        if t < seconds:
            t = statistics.median(self.ask(self.request(what, 3)))
        self.steps[what] = max(1, min(1000, math.ceil(seconds / t)))

    def measure(self, what, seconds):
        if self.steps[what] > 3:
            self.ask(self.request(what, 1))  # the caches are another's
        self.rounds.setdefault(what, []).append(statistics.median(self.ask(self.request(what, self.steps[what]))))

    def close(self):
        self.p.stdin.close()
        self.p.wait()


# A machine may pin OpenBLAS to an old core; that is not the peer to beat.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}


def options():
    p = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__.split("\n\n")[0])
    p.add_argument("--networks", default=",".join(NETWORKS), help="some of %(default)s")
    p.add_argument("--precisions", default="float32,bf16")
    p.add_argument("--modes", default="eager,nhwc,compile", help="of PyTorch")
    p.add_argument("--what", default="train,sample")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--seconds", type=float, default=1, help="of each implementation in each round, at least a step")
    p.add_argument("--quick", action="store_true", help="3 rounds of 0.5 s, no Gorgonia, and a --limit of 400: 8 minutes when prepared")
    p.add_argument("--limit", type=float, default=0, help="seconds after which no network and no round begins; 0 is none")
    p.add_argument("--prepare", action="store_true", help="build and compile everything, and time nothing")
    p.add_argument("--no-gorgonia", action="store_true", help="leave the tape machine out, which takes minutes")
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--preload", default="", help="allocator for PyTorch, like libtcmalloc_minimal.so.4")
    p.add_argument("--json", default="", help="also write every round to this file")
    p.add_argument("--ours", required=True, help=argparse.SUPPRESS)
    p.add_argument("--tape", required=True, help=argparse.SUPPRESS)
    p.add_argument("--python", default="", help=argparse.SUPPRESS)
    p.add_argument("--commit", default="", help=argparse.SUPPRESS)
    o = p.parse_args()
    if o.quick:
        o.rounds, o.seconds, o.no_gorgonia, o.limit = 3, 0.5, True, o.limit or 400
    unknown = set(o.networks.split(",")) - set(NETWORKS)
    if unknown:
        p.error(f"--networks: got {', '.join(sorted(unknown))}, want some of {', '.join(NETWORKS)}")
    return o


BEGAN = time.monotonic()


def late(o):
    """Whether the time that there is has passed."""
    return o.limit > 0 and time.monotonic() - BEGAN > o.limit


def started(o, network, precision):
    """The processes of a network, ready; the first is ours. Empty where ours has not that precision."""
    _, batch, taped = NETWORKS[network]
    threads = str(o.threads)
    # The first steps of the compiled one take longest, by minutes where its cache is empty.
    ps = [Process("Stillfield", [o.ours, "-precision", precision, "-workers", threads, f"{HERE}/configs/{network}.yaml"])]
    if ps[0].start(batch) is None:
        print(f"bench-peers: {network}, {precision}: not measured", file=sys.stderr)
        return []
    if o.python:
        env = {"PEER_PRECISION": precision, "PEER_THREADS": threads, "OMP_NUM_THREADS": threads}
        if o.preload:
            env["LD_PRELOAD"] = o.preload
        for mode in o.modes.split(","):
            if mode == "nhwc" and not network.startswith("unet"):
                continue
            command = [o.python, f"{HERE}/../peer-train.py", network, str(batch), mode, "--serve"]
            ps.append(Process(f"PyTorch {mode}", command, env))
    if not o.no_gorgonia and precision == "float32":
        p = Process("Gorgonia tape machine", [o.tape, "-batch", str(taped), network], {"GOMAXPROCS": threads}, True)
        p.sampled = min(SAMPLED, 4 * taped)
        ps.append(p)
    ready = []
    for p in ps[:1] + [p for p in ps[1:] if p.start(batch)]:
        if p.name.startswith("PyTorch") and p.about["weights"] != ps[0].about["weights"]:
            sys.exit(f"bench-peers: {network}: {p.name} has {p.about['weights']} weights, want {ps[0].about['weights']}")
        ready.append(p)
    return ready


def measure(o, network, precision):
    """Prints the rows of one network and precision; they are returned for --json."""
    ps = started(o, network, precision)
    rows = []
    try:
        for p in ps:
            for what in o.what.split(","):
                p.warm(what, o.seconds if what == "train" else o.seconds / 2)
        for r in range(0 if o.prepare else o.rounds):
            k = r % len(ps) if ps else 0
            for p in ps[k:] + ps[:k]:
                for what in o.what.split(","):
                    p.measure(what, o.seconds)
            if late(o):
                break
        if ps and not o.prepare:
            memory = {p.name: p.ask("memory") for p in ps}
            peak = ps[0].ask("peak")  # which takes memory of its own
            for what in o.what.split(","):
                rows += table(network, precision, what, ps, memory, peak)
    finally:
        for p in ps:
            p.close()
    return rows


def figure(x):
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"


def table(network, precision, what, ps, memory, peak):
    rows, rates = [], {}
    for p in ps:
        n = p.batch if what == "train" else p.sampled
        each = sorted(n / t for t in p.rounds[what])
        rates[p.name] = statistics.median(each)
        rows.append({"network": network, "precision": precision, "step": what, "batch": n, "of": p.name,
                     "images_per_second": rates[p.name], "least": each[0], "most": each[-1],
                     "memory_mb": memory[p.name], "rounds": [n / t for t in p.rounds[what]]})
    best = max((v for k, v in rates.items() if k.startswith("PyTorch")), default=None)
    about = ps[0].about
    flops = about["train_flops"] / about["batch"] if what == "train" else about["sample_flops"]
    for row in rows:
        rate = row["images_per_second"]
        row["gflops"] = rate * flops / 1e9
        row["ratio"] = rate / best if best else None
        share = f"{100 * row['gflops'] * 1e9 / peak:.0f} %"
        ratio = f"{row['ratio']:.2f}" if best else ""
        print(f"| {NETWORKS[network][0]} | {precision} | {what} {row['batch']} | {row['of']} | {figure(rate)} | "
              f"{figure(row['least'])}–{figure(row['most'])} | {row['gflops']:.0f} | {share} | {row['memory_mb']:.0f} | {ratio} |",
              flush=True)
    return rows


def machine(o):
    """What the figures are of, in a line."""
    model, flags = platform.processor(), set()
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            model = value.strip()
        elif key.strip() == "flags":
            flags = set(value.split())
    has = [f for f in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f in flags]
    torch = "no PyTorch"
    if o.python:
        torch = "PyTorch " + subprocess.run([o.python, "-c", "import torch; print(torch.__version__)"], check=True,
                                            capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[0]
    return (f"{datetime.date.today()}, {model} ({', '.join(has)}), {o.threads} threads of {os.cpu_count()}, "
            f"load {load:.1f} at the start; Stillfield {o.commit}, {torch}; {o.rounds} rounds in turn")


def main():
    o = options()
    if not o.prepare:
        print(machine(o) + "\n")
        print("| network | precision | step | of | images/s, median | least–most of the rounds | GFLOP/s "
              "| of the peak | MB | of PyTorch's best |")
        print("|---" * 10 + "|", flush=True)
    rows = []
    for network in o.networks.split(","):
        for precision in o.precisions.split(","):
            if late(o):
                print(f"bench-peers: {network}, {precision}: not measured: {o.limit:.0f} s have passed", file=sys.stderr)
                continue
            rows += measure(o, network, precision)
    if o.json:
        with open(o.json, "w", encoding="utf-8") as f:
            json.dump({"machine": machine(o), "rows": rows}, f, indent=1)


if __name__ == "__main__":
    main()
