#!/usr/bin/env python3
"""What the program's binary is made of, in MB: sections, and code and data by module.

    scripts/binary-size.py [BINARY]      builds one where none is given

A symbol counts for the module whose package it is of; what is linked for all of them — tables of lines and
frames, strings, files that are embedded, debug information — is a row of its own.
"""
import collections
import glob
import os
import re
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def sections(path):
    """Name to bytes in the file, of an ELF file; and the ranges of addresses that are in the file."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:4] != b"\x7fELF":
        sys.exit(f"binary-size: {path}: got no ELF file, want one")
    at, = struct.unpack_from("<Q", data, 0x28)
    count, names = struct.unpack_from("<HH", data, 0x3C)
    rows = [struct.unpack_from("<IIQQQQIIQQ", data, at + 64 * i) for i in range(count)]
    sizes, ranges = {}, []
    for r in rows:
        start = rows[names][4] + r[0]
        if r[1] != 8:  # NOBITS takes no room in the file
            sizes[data[start:data.index(b"\0", start)].decode()] = r[5]
            ranges.append((r[3], r[3] + r[5]))
    return sizes, [r for r in ranges if r[0]]


def module(symbol):
    """The module of a symbol, or what else it is."""
    path = re.split(r"[\[(]", symbol)[0]
    if path.startswith(("go:", "type:", "runtime.", "gclocals")):
        return "Go's runtime and tables"
    host = path.split("/")[0]
    if "/" not in path or "." not in host:
        return "standard library"
    deep = 2 if host in ("gorgonia.org", "go.yaml.in", "go4.org") else 3
    parts = path.split("/")[:deep]
    parts[-1] = parts[-1].split(".")[0]
    return "/".join(parts)


def main():
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory() as work:
        path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(work, "stillfield")
        if len(sys.argv) < 2:
            subprocess.run(["go", "build", "-o", path, "."], check=True)
        sizes, ranges = sections(path)
        whole = os.path.getsize(path)
        symbols = subprocess.run(["go", "tool", "nm", "-size", path], check=True, capture_output=True, text=True).stdout
    rows = collections.Counter()
    for line in symbols.splitlines():
        f = line.split(None, 3)
        if len(f) == 4 and f[2] != "U" and any(a <= int(f[0], 16) < b for a, b in ranges):
            rows[module(f[3])] += int(f[1])
    embedded = sum(os.path.getsize(f) for f in glob.glob("cuda/kernels/*.ptx"))
    weights = sum(os.path.getsize(f) for f in glob.glob("eval/features/weights/*.safetensors"))
    debug = sum(v for k, v in sizes.items() if "debug" in k)
    print(f"{whole / 1e6:7.2f} MB {path if len(sys.argv) > 1 else 'go build .'}")
    for name, size in [("debug information (-ldflags=-w leaves it out)", debug),
                       ("symbols (-ldflags=-s)", sizes.get(".symtab", 0) + sizes.get(".strtab", 0)),
                       ("lines and frames of functions, .gopclntab", sizes[".gopclntab"]),
                       ("PTX, embedded", embedded), ("weights of classifiers, embedded", weights)]:
        print(f"{size / 1e6:7.2f} MB {name}")
    for name, size in rows.most_common(24):
        print(f"{size / 1e6:7.2f} MB {name}")


if __name__ == "__main__":
    main()
