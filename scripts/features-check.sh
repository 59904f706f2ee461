#!/bin/sh
# Holds the features of Inception-v3 that `eval` compares pictures by to those of the same network
# in PyTorch, in float64, on random weights and on pictures of several sizes, brought to its size
# in each way there is: within 1e-4 of the largest. The golden file of the tests is written anew
# and must be the one that is committed. A small network that torch.onnx exports must have the
# features that onnxruntime has of it.
#
# PyTorch, Pillow, numpy, safetensors, onnx, onnxruntime and onnxscript are taken from the virtual environment named in
# FEATURES_VENV, or installed by pip into the cache, $STILLFIELD_CACHE, by default
# ~/.cache/stillfield: some gigabytes. Where they cannot be had the status is 77: CI says then that
# this is unproven.
set -eu
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

skip() {
    echo "features-check: SKIPPED: $1" >&2
    exit 77
}

venv=${FEATURES_VENV:-}
if [ -z "$venv" ]; then
    venv=${STILLFIELD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stillfield}/interchange
    [ -e "$venv/bin/python" ] || python3 -m venv "$venv" >"$dir/log" 2>&1 ||
        skip "python3 -m venv fails: $(tail -n 1 "$dir/log")"
    [ -e "$venv/.features" ] || {
        "$venv/bin/pip" install --quiet --disable-pip-version-check torch numpy safetensors pillow onnx onnxruntime onnxscript \
            >"$dir/log" 2>&1 || skip "pip install fails: $(tail -n 1 "$dir/log")"
        touch "$venv/.features"
    }
fi
python=$venv/bin/python

go build -o "$dir/features" ./scripts/features
"$python" scripts/features/inception.py --golden "$dir/miniature.safetensors"
"$python" scripts/features/inception.py --same "$dir/miniature.safetensors" \
    eval/features/testdata/miniature.safetensors
"$python" scripts/features/inception.py --write "$dir"
for way in clean pytorch tf1; do
    for pictures in grey coloured large; do
        "$dir/features" "inception:path=$dir/inception.safetensors,resize=$way" "$dir/$pictures.npy" \
            "$dir/features-$way-$pictures.npy"
    done
done
"$python" scripts/features/inception.py --compare "$dir"

"$python" -c 'import onnx, onnxruntime, onnxscript' 2>"$dir/log" || skip "of ONNX alone: $(tail -n 1 "$dir/log")"
mkdir "$dir/onnx"
"$python" scripts/features/export.py --write "$dir/onnx" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$dir/features" "onnx:path=$dir/onnx/network.onnx,mean=0.5,std=0.25" "$dir/onnx/pictures.npy" \
    "$dir/onnx/features-onnx.npy"
"$python" scripts/features/export.py --compare "$dir/onnx"
