#!/bin/sh
# Shows files this project writes to the programs the formats belong to: Hugging
# Face's safetensors, numpy, and TensorBoard, both as a library and as a server.
# They are installed by pip into a temporary place, or taken from the virtual
# environment named in FORMATS_VENV. Where that is impossible the check is
# skipped, which it says, and the exit status is 0; CI sets FORMATS_REQUIRED=1,
# which makes a skip a failure.
set -eu
cd "$(dirname "$0")/.."

skip() {
    echo "formats-check: SKIPPED: $1" >&2
    echo "formats-check: NOTHING was checked: safetensors, npy and TensorBoard files are unproven" >&2
    [ -z "${FORMATS_REQUIRED:-}" ] || exit 1
    exit 0
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

venv=${FORMATS_VENV:-}
if [ -z "$venv" ]; then
    venv=$dir/venv
    python3 -m venv "$venv" >"$dir/pip.log" 2>&1 || skip "python3 -m venv fails: $(tail -n 1 "$dir/pip.log")"
    "$venv/bin/pip" install --quiet --disable-pip-version-check safetensors numpy tensorboard \
        >"$dir/pip.log" 2>&1 || skip "pip install fails: $(tail -n 1 "$dir/pip.log")"
fi

mkdir "$dir/files"
go run ./scripts/formats "$dir/files"
"$venv/bin/python" scripts/formats/check.py "$dir/files"
echo "formats-check: all formats read by the programs they belong to"
