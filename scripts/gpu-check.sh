#!/usr/bin/env bash
# Everything that only a real NVIDIA GPU can show, in one command: conformance
# of the driver and of every operator, the training loss against the CPU's, and
# throughput with achieved FLOP/s and bytes/s for each kernel. No network and no
# Go: it takes the built program. PyTorch's numbers stand beside ours where
# python3 (or $PYTHON) has torch.
#
#   scripts/gpu-check.sh [--device cuda:0] [--out DIR] [PROGRAM]
#
# PROGRAM defaults to ./stillfield. The results are DIR/gpu-check.json and
# DIR/gpu-check.txt (DIR: gpu-check-out). --device emu rehearses it, with tiny runs.
set -euo pipefail

device=cuda out=gpu-check-out program=./stillfield
while [ $# -gt 0 ]; do
  case $1 in
    --device) device=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    -h | --help) sed -n '2,13p' "$0"; exit 0 ;;
    *) program=$1; shift ;;
  esac
done
[ -x "$program" ] || { echo "gpu-check: $program: want the built program: go build -o stillfield ." >&2; exit 2; }
program=$(realpath "$program")
here=$(realpath "$(dirname "$0")")
mkdir -p "$out"
out=$(realpath "$out")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0
say() { printf '%s\n' "$*" | tee -a "$out/gpu-check.txt"; }
: >"$out/gpu-check.txt"

say "Stillfield on $device, $(date -u +%Y-%m-%dT%H:%MZ)"
"$program" device 2>&1 | tee "$out/device.txt" | tee -a "$out/gpu-check.txt"
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv | tee -a "$out/gpu-check.txt"

precisions='float32 tf32 bf16' steps=20 small=''
experiments='digits-eqm fashion-eqm'
if [ "$device" = emu ]; then
  precisions='float32 bf16' steps=8 small='--small'
  experiments='digits-eqm'
fi

say ''
say '1. Conformance: the driver against what is asked of it, every operator against its definition'
# A driver is held to its contract on its first device.
if "$program" conformance --driver --device "${device%%:*}" >"$out/conformance-driver.txt" 2>&1; then
  say "   $(grep conforms "$out/conformance-driver.txt")"
else
  failed=1
  say "   the driver: FAILED, see $out/conformance-driver.txt"
fi
for p in $precisions; do
  if "$program" conformance --device "$device" --precision "$p" $small >"$out/conformance-$p.txt" 2>&1; then
    say "   $p: $(grep conforms "$out/conformance-$p.txt")"
  else
    failed=1
    say "   $p: FAILED, see $out/conformance-$p.txt"
  fi
done

say ''
say "2. Training: the losses of $steps steps against the CPU's"
# No warm-up: the losses must move within these few steps.
overrides=(--set log.every=1 --set sample.n=1 --set sample.steps=2 --set optimizer.warmup=0)
[ "$device" = emu ] && overrides+=(--set batch=32 --set model.width=64 --set model.depth=1)
if [ -d /usr/share/datasets/fashion-mnist ] || [ "$device" = emu ]; then :; else experiments=digits-eqm; fi
losses() { sed -n 's/.*"loss":\([^,]*\),.*/\1/p' "$1/log.jsonl"; }
for e in $experiments; do
  "$program" train "$e" --device cpu --run "cpu-$e" --steps "$steps" "${overrides[@]}" >/dev/null 2>&1
  for p in $precisions; do
    if ! "$program" train "$e" --device "$device" --run "gpu-$e-$p" --steps "$steps" "${overrides[@]}" --set precision="$p" >"$out/train-$e-$p.txt" 2>&1; then
      failed=1
      say "   $e $p: FAILED: $(tail -n 1 "$out/train-$e-$p.txt")"
      continue
    fi
    worst=$(paste <(losses "cpu-$e") <(losses "gpu-$e-$p") | awk 'NF != 2 {bad = 1} {d = ($1 - $2) / $1; if (d < 0) d = -d; if (d > w) w = d} END {print (bad || !NR) ? "inf" : sprintf("%.3g", w)}')
    bound=1e-3
    [ "$p" = float32 ] || bound=3e-2
    verdict=ok
    awk -v w="$worst" -v b="$bound" 'BEGIN {exit !(w <= b)}' || { verdict="FAILED, want at most $bound"; failed=1; }
    say "   $e $p: largest relative difference $worst  $verdict"
  done
done

say ''
say '3. Throughput'
for e in $experiments; do
  for p in $precisions; do
    args=(--set precision="$p")
    [ "$device" = emu ] && args+=(--set batch=32 --set model.width=64 --set model.depth=1)
    if "$program" bench "$e" --device "$device" "${args[@]}" --figures "$out/bench-$e-$p.json" --trace "$out/trace-$e-$p.json" >"$out/bench-$e-$p.txt" 2>&1; then
      sed 's/^/   /' "$out/bench-$e-$p.txt" | tee -a "$out/gpu-check.txt"
    else
      failed=1
      say "   $e $p: FAILED: $(tail -n 1 "$out/bench-$e-$p.txt")"
    fi
  done
done

python=${PYTHON:-python3}
if [ "$device" != emu ] && "$python" -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  say ''
  say '4. PyTorch on the same GPU: weights, images a second'
  for n in mlp:256 unet:128; do
    for p in $precisions; do
      for m in eager nhwc compile; do
        say "   ${n%:*} $p $m: $(PEER_DEVICE=cuda PEER_PRECISION=$p "$python" "$here/peer-train.py" "${n%:*}" "${n#*:}" "$m" 50 2>&1 | tail -n 1)"
      done
    done
  done
else
  say ''
  say "4. PyTorch: skipped, $python has no torch with a GPU"
fi

{
  printf '{"device": "%s", "failed": %s, "text": ' "$device" "$([ $failed = 0 ] && echo false || echo true)"
  awk 'BEGIN {printf "\""} {gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/\r/, ""); printf "%s\\n", $0} END {printf "\""}' "$out/gpu-check.txt"
  printf ', "bench": ['
  sep=''
  for f in "$out"/bench-*.json; do
    [ -f "$f" ] || continue
    printf '%s' "$sep"
    cat "$f"
    sep=', '
  done
  printf ']}\n'
} >"$out/gpu-check.json"
say ''
say "$([ $failed = 0 ] && echo 'all passed' || echo 'SOMETHING FAILED'): $out/gpu-check.txt, $out/gpu-check.json"
exit $failed
