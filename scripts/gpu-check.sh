#!/usr/bin/env bash
# What only a real NVIDIA GPU can show, in one command of ten minutes: correctness first (driver, operators,
# training, resuming and sampling against the CPU, the same bits twice), then throughput, then PyTorch on the
# same GPU. No network and no Go: it takes the built program.
#
#   scripts/gpu-check.sh [--device cuda:0] [--quick] [--limit SECONDS] [--out DIR] [PROGRAM]
#
# PROGRAM is ./stillfield, DIR gpu-check-out. Each part has a limit of its own and its row is written when it
# ends, to DIR/gpu-check.txt and DIR/gpu-check.jsonl; what a part printed is in DIR/parts. A part that fails or
# hangs costs itself; parts that the time no longer allows are said to be left out. At the end, however it comes,
# DIR/gpu-check.json has all of it. --quick is three minutes; --device emu rehearses it, with tiny runs.
# The status is 0 if everything that ran passed. PyTorch's part takes $PYTHON (python3) with torch.
set -euo pipefail

device=cuda quick='' limit=600 out=gpu-check-out program=./stillfield
while [ $# -gt 0 ]; do
  case $1 in
    --device) device=$2; shift 2 ;;
    --quick) quick=yes limit=180; shift ;;
    --limit) limit=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    -h | --help) sed -n '2,14p' "$0"; exit 0 ;;
    -*) echo "gpu-check: $1: want --device, --quick, --limit or --out" >&2; exit 2 ;;
    *) program=$1; shift ;;
  esac
done
[ -x "$program" ] || { echo "gpu-check: $program: want the built program: go build -o stillfield ." >&2; exit 2; }
program=$(realpath "$program")
here=$(realpath "$(dirname "$0")")
mkdir -p "$out/parts"
out=$(realpath "$out")
work=$(mktemp -d)
cd "$work"
text=$out/gpu-check.txt rows=$out/gpu-check.jsonl
: >"$text"
: >"$rows"
rm -f "$out"/parts/*

say() { printf '%s\n' "$*" | tee -a "$text"; }
quoted() { printf '"%s"' "$(sed 's/\\/\\\\/g; s/"/\\"/g' | tr '\t\n' '  ' | tr -d '\000-\037')"; } # one line, for JSON
finish() { # gather what there is
  {
    printf '{"device": "%s", "seconds": %d, "rows": [' "$device" "$SECONDS"
    paste -sd, "$rows"
    printf '], "bench": ['
    local sep='' f
    for f in "$out"/parts/bench-*.json; do
      [ -s "$f" ] || continue
      printf '%s' "$sep"
      cat "$f"
      sep=,
    done
    printf ']}\n'
  } >"$out/gpu-check.json"
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# part NAME SECONDS COMMAND…: runs it within its limit and what is left of the whole, and writes its row. What it is
# to say in one line it writes to $said; else that is its last line.
said=$work/said failed=0
part() {
  local name=$1 most=$2 left=$((limit - SECONDS)) start=$SECONDS status verdict line log
  shift 2
  log=$out/parts/${name//[^a-zA-Z0-9.-]/-}.txt
  rm -f "$said"
  if ((left < 5)); then
    verdict='left out' line="the time is up"
  else
    ((most <= left)) || most=$left
    status=0
    SAID=$said timeout -k 5 "$most" "$@" >"$log" 2>&1 </dev/null || status=$?
    case $status in
      0) verdict=ok ;;
      77) verdict='left out' ;;
      124 | 137) verdict='TIMED OUT' ;;
      *) verdict=FAILED ;;
    esac
    line=$(tail -n 1 "$([ -s "$said" ] && echo "$said" || echo "$log")")
  fi
  case $verdict in FAILED | TIMED*) failed=1 ;; esac
  say "$(printf '%-9s %4ds  %-38s %s' "$verdict" $((SECONDS - start)) "$name" "$line")"
  printf '{"part": "%s", "verdict": "%s", "seconds": %d, "said": %s}\n' "$name" "$verdict" $((SECONDS - start)) \
    "$(quoted <<<"$line")" >>"$rows"
}
export program device work out here

say "Stillfield on $device, $(date -u +%Y-%m-%dT%H:%MZ), at most $limit s"
"$program" device 2>&1 | tee -a "$text"
if command -v nvidia-smi >/dev/null; then
  nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.sm --format=csv | tee -a "$text" || true
fi

precisions='float32 tf32 bf16' steps=20 small='' experiments='digits-eqm fashion-eqm'
tiny=()
if [ "$device" = emu ]; then
  precisions='float32 bf16' steps=8 small='--small' experiments=digits-eqm
  tiny=(--set batch=32 --set model.width=64 --set model.depth=1)
elif [ ! -d /usr/share/datasets/fashion-mnist ]; then
  experiments=digits-eqm
fi
[ -z "$quick" ] || experiments=digits-eqm

# ---- Correctness.
# A driver is held to its contract on its first device; operators with the grids of a GPU, and with so few blocks
# that each takes many turns, as only great sizes would have them do.
conformance() {
  "$program" conformance "$@" 2>&1 | tee conformance.txt
  grep conforms conformance.txt >"$SAID"
}
losses() { sed -n 's/.*"loss":\([^,]*\),.*/\1/p' "$1/log.jsonl"; }
# No warm-up: the losses must move within these few steps.
trained() { # RUN DEVICE STEPS EXPERIMENT FLAGS…
  local run=$1 on=$2 n=$3
  shift 3
  "$program" train "$@" --device "$on" --run "$run" --steps "$n" --set log.every=1 --set sample.n=8 \
    --set sample.steps=4 --set optimizer.warmup=0
}
training() { # EXPERIMENT PRECISION STEPS FLAGS…: its losses against the CPU's in float32
  local e=$1 p=$2 n=$3 bound=3e-2 worst
  shift 3
  [ "$p" != float32 ] || bound=1e-3
  [ -d "cpu-$e" ] || trained "cpu-$e" cpu "$n" "$e" "$@"
  trained "gpu-$e-$p" "$device" "$n" "$e" "$@" --set precision="$p"
  worst=$(paste <(losses "cpu-$e") <(losses "gpu-$e-$p") | awk '
    NF != 2 {bad = 1}
    {d = ($1 - $2) / $1; if (d < 0) d = -d; if (d > w) w = d}
    END {print (bad || !NR) ? "inf" : sprintf("%.3g", w)}')
  echo "$n losses differ from the CPU's by $worst at most, allowed $bound" | tee "$SAID"
  awk -v w="$worst" -v b="$bound" 'BEGIN {exit !(w <= b)}'
}
same() { # WHAT A B: the samples of two runs, bit for bit
  "$program" sample "$2" --device "$device" -n 8 --steps 4 --out "$work/$1-a" --seed 5
  "$program" sample "$3" --device "$device" -n 8 --steps 4 --out "$work/$1-b" --seed 5
  cmp "$work/$1-a/samples.npy" "$work/$1-b/samples.npy"
  cmp <(losses "$2") <(losses "$3")
  echo "$1: the same losses and samples, bit for bit" | tee "$SAID"
}
twice() { trained again "$device" "$1" digits-eqm "${@:2}" && same twice gpu-digits-eqm-float32 again; }
launched() { # a step that is traced is launched kernel by kernel, not as a graph
  trained launched "$device" "$1" digits-eqm "${@:2}" --trace trace.json && same launched gpu-digits-eqm-float32 launched
}
resumed() {
  trained resumed "$device" $(($1 / 2)) digits-eqm "${@:2}" --set optimizer.schedule=constant
  trained resumed "$device" "$1" digits-eqm "${@:2}" --set optimizer.schedule=constant
  trained through "$device" "$1" digits-eqm "${@:2}" --set optimizer.schedule=constant
  same resumed through resumed
}
drawn() { # samples of one checkpoint on the GPU and on the CPU
  local worst
  for on in cpu "$device"; do
    "$program" sample gpu-digits-eqm-float32 --device "$on" -n 16 --out "$work/drawn-$on" --seed 7
  done
  floats() { tail -c 4096 "$1/samples.npy" | od -An -v -tf4 -w4; }
  worst=$(paste <(floats "$work/drawn-cpu") <(floats "$work/drawn-$device") | awk '
    {d = $1 - $2; if (d < 0) d = -d; if (d > w) w = d} END {print NR ? w : "inf"}')
  echo "16 samples differ from the CPU's by $worst at most, allowed 1e-2" | tee "$SAID"
  awk -v w="$worst" 'BEGIN {exit !(w <= 1e-2)}'
}
export -f losses trained training same twice launched resumed drawn conformance
run() { # NAME SECONDS FUNCTION ARGUMENTS…
  local name=$1 most=$2
  shift 2
  part "$name" "$most" bash -eu -o pipefail -c '"$@"' bash "$@"
}

say ''
say 'Correctness'
run "the driver's contract" 60 conformance --driver --device "${device%%:*}"
for p in $precisions; do
  run "operators, $p" 90 conformance --device "$device" --precision "$p" $small
  [ -n "$quick" ] || run "operators in turns, $p" 60 conformance --device "$device" --precision "$p" --small --blocks 3
done
for e in $experiments; do
  for p in $precisions; do run "training $e, $p" 90 training "$e" "$p" "$steps" "${tiny[@]}"; done
done
run 'training twice' 45 twice "$steps" "${tiny[@]}"
run 'kernel by kernel' 45 launched "$steps" "${tiny[@]}"
run 'resuming' 60 resumed "$steps" "${tiny[@]}"
run 'sampling' 45 drawn

# ---- Throughput.
say ''
say 'Throughput'
benched() { # EXPERIMENT PRECISION FLAGS…
  local e=$1 p=$2
  shift 2
  "$program" bench "$e" --device "$device" "$@" --set precision="$p" --figures "$out/parts/bench-$e-$p.json" \
    --trace "$out/parts/trace-$e-$p.json"
}
export -f benched
networks='digits-eqm fashion-eqm cifar10-eqm eqm-s2'
[ -z "$quick" ] || networks='digits-eqm cifar10-eqm'
[ "$device" != emu ] || networks=digits-eqm
for e in $networks; do
  for p in $precisions; do
    run "bench $e, $p" 60 benched "$e" "$p" "${tiny[@]}"
    sed 's/^/      /' "$out/parts/bench-$e--$p.txt" >>"$text" 2>/dev/null || true
  done
done

# ---- Tools of the maker, and PyTorch, where they are.
tool() { # NAME COMMAND…
  command -v "$1" >/dev/null || { echo "no $1 here" >"$SAID"; return 77; }
  "$@"
}
peer() { # NETWORK BATCH PRECISION MODE
  local python=${PYTHON:-python3}
  if ! "$python" -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    echo "$python has no torch with a GPU" >"$SAID"
    return 77
  fi
  PEER_DEVICE=cuda PEER_PRECISION=$3 "$python" "$here/peer-train.py" "$1" "$2" "$4" 50
}
cublas() { # its products in bf16, beside those in the tables above
  local python=${PYTHON:-python3}
  if ! "$python" -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    echo "$python has no torch with a GPU" >"$SAID"
    return 77
  fi
  "$python" "$here/peer-product.py" "$@"
}
export -f tool peer cublas
if [ "$device" != emu ]; then
  say ''
  say 'Beside it'
fi
if [ "$device" != emu ] && [ -z "$quick" ]; then
  step=("$program" train digits-eqm --device "$device" --steps 2 --set batch=32 --set sample.n=1 --set sample.steps=2)
  run 'compute-sanitizer, memory' 60 tool compute-sanitizer --error-exitcode 1 "${step[@]}" --run memcheck
  run 'compute-sanitizer, races' 60 tool compute-sanitizer --tool racecheck --error-exitcode 1 "${step[@]}" --run racecheck
  run 'ncu' 60 tool ncu --launch-count 40 "${step[@]}" --run ncu
fi
[ "$device" = emu ] || run 'cuBLAS, bf16, products of S/2, B/2 and XL/2' 40 cublas
sed 's/^/      /' "$out"/parts/cuBLAS*.txt >>"$text" 2>/dev/null || true
modes='eager nhwc compile'
[ -z "$quick" ] || modes=eager
peers='digits:256 unet:128'
[ "$device" != emu ] || peers=''
for n in $peers; do
  for p in $precisions; do
    for m in $modes; do run "PyTorch ${n%:*}, $p, $m: weights, images/s, MB" 60 peer "${n%:*}" "${n#*:}" "$p" "$m"; done
  done
done

say ''
worst=$(grep -cE '"verdict": "(FAILED|TIMED OUT)"' "$rows" || true)
say "$([ "$failed" = 0 ] && echo 'all that ran passed' || echo "$worst PARTS FAILED, see $out/parts") in $SECONDS s: $text, $out/gpu-check.json"
exit "$failed"
