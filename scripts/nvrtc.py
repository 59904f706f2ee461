#!/usr/bin/env python3
"""Compiles CUDA C++ to PTX with NVRTC, which needs no GPU and no toolkit.

    nvrtc.py FOLDER-OF-LIBNVRTC compute_80 OUTPUT-FOLDER SOURCE.cu...

Headers are looked for beside each source. Contraction of a·b + c is off, as in
the build that is committed. Exits with 1 and the log if a source does not compile.
"""
import ctypes
import os
import sys


def compile_one(lib, arch, source):
    """Returns (PTX, "") or (None, log)."""
    program = ctypes.c_void_p()
    with open(source, "rb") as f:
        text = f.read()
    check(lib.nvrtcCreateProgram(ctypes.byref(program), text, source.encode(), 0, None, None), lib)
    options = [
        "--gpu-architecture=" + arch,
        "--std=c++17",
        "--fmad=false",
        "--device-as-default-execution-space",  # constexpr functions carry no attribute
        "--include-path=" + (os.path.dirname(source) or "."),
    ]
    array = (ctypes.c_char_p * len(options))(*[o.encode() for o in options])
    failed = lib.nvrtcCompileProgram(program, len(options), array)
    get = ("ProgramLog", "ProgramLogSize") if failed else ("PTX", "PTXSize")
    size = ctypes.c_size_t()
    check(getattr(lib, "nvrtcGet" + get[1])(program, ctypes.byref(size)), lib)
    out = ctypes.create_string_buffer(size.value)
    check(getattr(lib, "nvrtcGet" + get[0])(program, out), lib)
    lib.nvrtcDestroyProgram(ctypes.byref(program))
    return (None, out.value.decode()) if failed else (out.value, "")


def check(result, lib):
    if result:
        lib.nvrtcGetErrorString.restype = ctypes.c_char_p
        sys.exit(f"nvrtc: {lib.nvrtcGetErrorString(result).decode()}")


def main(folder, arch, to, *sources):
    # The built-in headers are a library that NVRTC opens by its bare name.
    for name in sorted(os.listdir(folder)):
        if name.startswith("libnvrtc-builtins.so"):
            ctypes.CDLL(os.path.join(folder, name), mode=ctypes.RTLD_GLOBAL)
    lib = ctypes.CDLL(os.path.join(folder, "libnvrtc.so.12"))
    os.makedirs(to, exist_ok=True)
    failed = False
    for source in sources:
        ptx, log = compile_one(lib, arch, source)
        if ptx is None:
            print(f"nvrtc: {source} for {arch}:\n{log}", file=sys.stderr)
            failed = True
            continue
        name = os.path.splitext(os.path.basename(source))[0] + ".ptx"
        with open(os.path.join(to, name), "wb") as f:
            f.write(ptx)
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
