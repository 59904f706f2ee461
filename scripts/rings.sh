#!/usr/bin/env bash
# The ring experiment with trained fields (theory §9.3, Figure 5 of "The geometry of noise"): trains rings-D for every process,
# blind and told the time, draws from each and prints one table beside the exact fields.
#
#   scripts/rings.sh [RUNS [STEPS [D…]]]      RUNS: directory of the runs, runs/rings; STEPS: 400; D: 2 8 32 128
#
# What is trained is not trained again: the same command goes on where it was stopped, and more steps go on with the runs
# that are there. N (1024) is how many points are drawn of each, STILLFIELD a binary to use, TRAIN_FLAGS more flags of train.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-runs/rings}
steps=${2:-400}
shift $(($# < 2 ? $# : 2))
dims=("$@")
[ ${#dims[@]} -gt 0 ] || dims=(2 8 32 128)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
program=${STILLFIELD:-}
if [ -z "$program" ]; then
  program=$work/stillfield
  go build -o "$program" .
fi

# process, told or blind, sampler, and mean distance/percent within 0.1 of the exact field at D = 2, 8, 32, 128, from theory
# §9.3; - where there is none. Equilibrium Matching descends where it is blind: a descent has no time to be told.
rows='
eqm  blind gd   .113/41   .017/100  .017/100 .017/100
eqm  told  ddim -         -         -        -
fm   blind ddim .094/56   .230/56   .252/60  .320/53
fm   told  ddim .014/100  .015/100  .019/100 .028/100
ddpm blind ddim .165/28   .358/65   .530/3   .943/1
ddpm told  ddim .016/99.8 .032/99.8 .060/100 .119/.2
edm  blind ddim .026/100  .014/100  .020/100 .030/100
edm  told  ddim -         -         -        -
uedm blind ddim .096/76   .021/99.8 .022/100 .030/100
uedm told  ddim -         -         -        -
'
exact_of() { # D and the four values
  case $1 in 2) echo "$2" ;; 8) echo "$3" ;; 32) echo "$4" ;; 128) echo "$5" ;; *) echo - ;; esac
}

printf '%-5s %-6s %-5s' field network sampler
for d in "${dims[@]}"; do printf '  %-19s %-9s %-6s' "D=$d: distance/%" exact inner%; done
echo
while read -r process network sampler e2 e8 e32 e128; do
  [ -n "$process" ] || continue
  line=$(printf '%-5s %-6s %-5s' "$process" "$network" "$sampler")
  for d in "${dims[@]}"; do
    run=$runs/rings-$d-$process-$network
    set=(--set model.clock=false --set sample.sampler="$sampler")
    [ "$network" = blind ] || set[1]=model.clock=true
    [ "$sampler" = ddim ] || set+=(--set sample.steps=250 --set sample.eta=0.003)
    done=$(ls "$run"/checkpoints/step-"$(printf %09d "$steps")".safetensors 2>/dev/null || true)
    if [ -z "$done" ]; then
      # shellcheck disable=SC2086
      "$program" train "rings-$d" --run "$run" --steps "$steps" --field "$process" "${set[@]}" \
        --quiet ${TRAIN_FLAGS:-} >&2
    fi
    "$program" eval "$run" --metrics rings -n "${N:-1024}" --quiet >"$work/scores"
    cell=$(awk '
      /  distance / {m=$4; s=$5}  /  within 0.1 / {near=100*$5}  /  on the inner ring / {inner=100*$7}
      END {printf "%.3f±%.3f/%-6.3g|%.0f", m, s, near, inner}' "$work/scores")
    line+=$(printf '  %-19s %-9s %-6s' "${cell%|*}" "$(exact_of "$d" "$e2" "$e8" "$e32" "$e128")" "${cell#*|}")
  done
  echo "$line"
done <<<"$rows"
echo "distance: mean of ${N:-1024} points to the nearer ring ± standard error / percent within 0.1; $steps steps of training;"
echo "exact: the exact field, theory §9.3, of 500–2000 points; gd there 249 updates of eta 0.003; inner%: on the inner ring"
