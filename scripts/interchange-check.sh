#!/bin/sh
# Shows what this project exchanges to the programs it exchanges it with. ONNX's checker takes
# the models of `export`, and onnxruntime must have the same fields of them. PyTorch writes the
# golden files of the tests anew, which must not differ from those that are committed, and
# takes the state dicts of `export`, whose fields must be the same.
#
# They are taken from the virtual environment named in INTERCHANGE_VENV, or installed by pip
# into the cache, $STILLFIELD_CACHE, by default ~/.cache/stillfield: some gigabytes, PyTorch. Where
# a program cannot be had the status is 77, after the checks that can be made: CI says then that
# not all were.
set -eu
cd "$(dirname "$0")/.."

skip() {
    echo "interchange-check: SKIPPED: $1" >&2
    exit 77
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

venv=${INTERCHANGE_VENV:-${STILLFIELD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stillfield}/interchange}
# has NAME PACKAGE…: whether the packages are there, once they have been installed if need be.
has() {
    name=$1
    shift
    [ -z "${INTERCHANGE_VENV:-}" ] && [ ! -e "$venv/.$name" ] || return 0
    [ -e "$venv/bin/python" ] || python3 -m venv "$venv" >"$dir/log" 2>&1 || return 1
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >"$dir/log" 2>&1 || return 1
    touch "$venv/.$name"
}

mkdir "$dir/golden" "$dir/files"
go run ./scripts/interchange "$dir/files"
has onnx safetensors numpy onnx onnxruntime || skip "no onnx and onnxruntime: $(tail -n 1 "$dir/log")"
"$venv/bin/python" scripts/interchange/check_onnx.py "$dir/files"
has torch torch || skip "no PyTorch: $(tail -n 1 "$dir/log")"
"$venv/bin/python" scripts/interchange/golden.py "$dir/golden"
"$venv/bin/python" scripts/interchange/check_torch.py "$dir/golden" "$dir/files"
