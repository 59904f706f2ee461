#!/usr/bin/env bash
# Images a second and memory of each format of data, by our loader and by PyTorch's DataLoader with two workers
# on the same files, in turn: medians of rounds. Then the share of the time that a training step waits for data.
#
#   scripts/bench-data.sh [ROUNDS [COUNTS [BIG]]]     COUNTS is "1000 60000"; BIG, of 256x256 images, is 2000
#
# PYTHON names an interpreter with torch, Pillow and pyarrow. The files take some 500 MB for 60,000 images.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3} counts=${2:-1000 60000} big=${3:-2000} batch=128
python=${PYTHON:-python3}
"$python" -c 'import torch, PIL, pyarrow' 2>/dev/null ||
  { echo "bench-data: $python lacks torch, Pillow or pyarrow" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export STILLFIELD_CACHE="$work/cache"
go build -o "$work/stillfield" .
median() { sort -g | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
field() { awk -F'[:,]' -v k="\"$1\"" '$1 ~ k {print $2+0}' "$work/b.json"; }
spec() { # FORMAT DIR
  case $1 in
  idx) echo "idx:path=$2/idx" ;;
  npy) echo "array:path=$2/x.npy" ;;
  parquet) echo "parquet:path=$2/train.parquet,cache=0" ;;
  jpeg256) echo "folder:path=$2/$1,size=256,cache=0" ;;
  *) echo "folder:path=$2/$1,size=32,cache=0" ;;
  esac
}
for count in $counts; do
  data=$work/$count
  "$python" scripts/bench-data.py make "$data" "$count" "$big"
  for format in idx npy parquet png32 jpeg32 jpeg256; do
    runs=100
    [ $format = jpeg256 ] && runs=10
    ours=(bench --loader --data "$(spec $format "$data")" --batch $batch --workers 2 --runs $runs)
    rm -f "$work"/rates-*
    for r in $(seq "$rounds"); do
      "$work/stillfield" "${ours[@]}" --figures "$work/b.json" >/dev/null
      field images_per_second >>"$work/rates-ours"
      field open_seconds >>"$work/rates-open"
      "$python" scripts/bench-data.py peer $format "$data" $batch $runs 2 >"$work/peer"
      cut -d' ' -f1 "$work/peer" >>"$work/rates-peer"
    done
    a=$(median <"$work/rates-ours") b=$(median <"$work/rates-peer")
    mb=$("$python" scripts/bench-data.py rss "$work/stillfield" "${ours[@]}")
    printf '%s, %s images: ours %.0f images/s, %s MB, opened first in %.3g s and then in %.3g s; ' \
      $format "$([ $format = jpeg256 ] && echo "$big" || echo "$count")" "$a" "$mb" \
      "$(head -1 "$work/rates-open")" "$(tail -1 "$work/rates-open")"
    printf 'pytorch %.0f images/s, %s MB and %s MB a worker; ours / pytorch %.2f\n' "$b" \
      "$(cut -d' ' -f2 "$work/peer")" "$(cut -d' ' -f3 "$work/peer")" "$(awk "BEGIN {print $a / $b}")"
  done
done
for format in jpeg32 jpeg256; do # both as 32x32: the larger picture is the dearer to decode, and the step is the same
  "$work/stillfield" -q train fashion-eqm --run "$work/run-$format" --batch 64 --steps 24 --set log.every=4 \
    --set log.pictures=0 --set log.checkpoint=0 --set sample.n=1 --set sample.steps=2 --set model.attention=[8] \
    --data "folder:path=$data/$format,size=32,cache=0" >/dev/null
  awk -F'"data_wait":' -v f="$format" '{split($2, a, /[,}]/); if (NR > 1) {s += a[1]; n++}}
    END {printf "a step of the U-Net on %s waits for data %.2f %% of the time\n", f, 100*s/n}' \
    "$work/run-$format/log.jsonl"
done
