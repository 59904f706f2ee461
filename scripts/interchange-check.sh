#!/bin/sh
# Shows what this project exchanges to the programs it exchanges it with. PyTorch writes the
# golden files of the tests anew, which must not differ from those that are committed, and
# takes the state dicts of `export`, whose fields must be the same. ONNX's checker takes its
# models, and onnxruntime must have the same fields of them.
#
# They are taken from the virtual environment named in INTERCHANGE_VENV, or installed by pip
# into the cache, $STILLFIELD_CACHE, by default ~/.cache/stillfield: some gigabytes. Where that
# is impossible the status is 77, for which CI says that the check was skipped.
set -eu
cd "$(dirname "$0")/.."

skip() {
    echo "interchange-check: SKIPPED: $1" >&2
    exit 77
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

venv=${INTERCHANGE_VENV:-}
if [ -z "$venv" ]; then
    venv=${STILLFIELD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stillfield}/interchange
    if [ ! -e "$venv/.complete" ]; then
        rm -rf "$venv"
        python3 -m venv "$venv" >"$dir/log" 2>&1 || skip "python3 -m venv fails: $(tail -n 1 "$dir/log")"
        for packages in 'safetensors numpy onnx onnxruntime' 'torch'; do
            # shellcheck disable=SC2086
            "$venv/bin/pip" install --quiet --disable-pip-version-check $packages >"$dir/log" 2>&1 ||
                skip "pip install $packages fails: $(tail -n 1 "$dir/log")"
        done
        touch "$venv/.complete"
    fi
fi

mkdir "$dir/golden" "$dir/files"
"$venv/bin/python" scripts/interchange/golden.py "$dir/golden"
go run ./scripts/interchange "$dir/files"
"$venv/bin/python" scripts/interchange/check.py "$dir/golden" "$dir/files"
