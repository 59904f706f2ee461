#!/usr/bin/env bash
# Images a second of a training step, ours and PyTorch's (scripts/peer-train.py, the same network and step), in
# turn, so that a noisy machine is noisy for both: medians of rounds.
#
#   scripts/bench-train.sh [ROUNDS]          PYTHON names an interpreter with torch
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
python=${PYTHON:-python3}
"$python" -c 'import torch' 2>/dev/null || { echo "bench-train: $python has no torch" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/stillfield" .
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
median() { sort -g | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
for row in mlp:256:digits-eqm:60 unet:128:fashion-eqm:5 dit:8:eqm-s2:3; do
  IFS=: read -r network batch config steps <<<"$row"
  for r in $(seq "$rounds"); do
    "$work/stillfield" bench "$config" --set batch="$batch" --device cpu --runs "$steps" --figures "$work/b.json" >/dev/null
    awk -F'[:,]' -v b="$batch" '/"seconds"/ {print b/$2; exit}' "$work/b.json" >>"$work/ours-$network"
    for mode in eager nhwc compile; do
      [ "$mode" = nhwc ] && [ "$network" != unet ] && continue
      "$python" scripts/peer-train.py "$network" "$batch" "$mode" "$steps" | awk '{print $2}' >>"$work/$mode-$network"
    done
  done
  ours=$(median <"$work/ours-$network")
  printf '%s, batch %s, images/s: ours %.1f' "$network" "$batch" "$ours"
  best=0
  for mode in eager nhwc compile; do
    [ -f "$work/$mode-$network" ] || continue
    m=$(median <"$work/$mode-$network")
    printf ', pytorch %s %.1f' "$mode" "$m"
    best=$(awk -v a="$best" -v b="$m" 'BEGIN {print (a > b) ? a : b}')
  done
  awk -v a="$ours" -v b="$best" 'BEGIN {printf "; ours / best of pytorch %.2f\n", a/b}'
done
