#!/usr/bin/env bash
# Tests the CUDA path of the host — drivers, handles, errors, the whole binary —
# on a machine without a GPU: builds the library that stands in for
# libcuda.so.1 (internal/fakecuda, the emulator behind the C interface) and
# runs the conformance suite of drivers on it, through dlopen and through cgo.
#
#   scripts/fakecuda.sh           all of it
#   scripts/fakecuda.sh --bench   and what a launch costs the host
#
# What this machine cannot do is skipped aloud; with STRICT=1 a skip is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

bench=() run=()
[[ ${1:-} == --bench ]] && bench=(-bench Launch)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skipped=()
skip() { skipped+=("$1"); printf '\n!!!! SKIPPED: %s\n\n' "$1"; }
step() { printf '==== %s\n' "$*"; }

# tests CGO ENV... runs the tests of the dl form with the environment given.
tests() {
  local cgo=$1
  shift
  env CGO_ENABLED="$cgo" "$@" go test -count=1 "${run[@]}" ./cuda/driver/dl "${bench[@]}"
}

step "dl, with what this machine has"
tests 0

if ! command -v "$(go env CC)" >/dev/null || [[ $(go env CGO_ENABLED) != 1 ]]; then
  skip "everything else: building the stand-in library takes a C compiler ($(go env CC)) and cgo"
else
  step "build the stand-in library"
  go vet -tags fakecuda ./internal/fakecuda
  go build -tags fakecuda -buildmode=c-shared -o "$work/libcuda.so.1" ./internal/fakecuda
  ln -s libcuda.so.1 "$work/libcuda.so"
  export LD_LIBRARY_PATH=$work

  step "dl, without cgo"
  tests 0 STILLFIELD_WANT_DRIVER=device
  step "dl, with cgo"
  tests 1 STILLFIELD_WANT_DRIVER=device
  step "dl: no device, a driver too old, a driver that lacks a call"
  tests 0 STILLFIELD_FAKE_INIT=100 STILLFIELD_WANT_DRIVER="no device"
  tests 0 STILLFIELD_FAKE_VERSION=10020 STILLFIELD_WANT_DRIVER="too old"
  mkdir "$work/torso"
  echo 'int cuInit(unsigned flags) { return 0; }' |
    "$(go env CC)" -shared -x c - -o "$work/torso/libcuda.so.1"
  tests 0 LD_LIBRARY_PATH="$work/torso" STILLFIELD_WANT_DRIVER="missing call"

  step "dl: out of memory, a launch that fails, a device that is lost"
  fault() { run=(-run FirstFault) && tests 0 STILLFIELD_WANT_FAULT="$1" "$2" && run=(); }
  fault 2 STILLFIELD_FAKE_OOM=16384
  fault 719 STILLFIELD_FAKE_FAIL=5
  fault 46 STILLFIELD_FAKE_LOSE=5

  step "the whole binary, without cgo: three steps on the driver, the same as on the emulator and, to 1e-5, the CPU"
  CGO_ENABLED=0 go build -o "$work/stillfield" .
  train() { # DEVICE RUN
    "${binary:-$work/stillfield}" train digits-eqm --device "$1" --steps 3 --run "$work/$2" --set batch=32 --set model.width=64 \
      --set sample.n=4 --set sample.steps=3 --set log.every=1 --set log.checkpoint=1
  }
  for device in cuda emu cpu; do
    train $device $device
    grep -o '"loss":[^,}]*' "$work/$device/log.jsonl" | cut -d: -f2 >"$work/$device.losses"
  done
  [[ $(wc -l <"$work/cuda.losses") == 3 ]]
  diff "$work/cuda.losses" "$work/emu.losses"
  paste "$work/cuda.losses" "$work/cpu.losses" |
    awk '{ d = $1/$2 - 1; print "loss", $1, "cuda", $2, "cpu"; if (d*d > 1e-10) bad = 1 } END { exit bad }'

  step "the whole binary: the driver's suite, and a step measured kernel by kernel as on a GPU"
  "$work/stillfield" conformance --driver --device cuda
  STILLFIELD_FAKE_UNCHECKED=1 STILLFIELD_FAKE_WORKERS=2 "$work/stillfield" bench digits-eqm --device cuda --runs 1 \
    --set batch=32 --set model.width=64 --set model.depth=1 --figures "$work/bench.json" --trace "$work/trace.json"
  grep -q '"kernel": "gemm_f32_small"' "$work/bench.json"
  grep -q '"name":"gemm_f32_small"' "$work/trace.json"

  step "the whole binary: each fault is one line, and the run goes on after it to the same bits"
  refused() { # WORDS NAME=VALUE: the fault, and what is said of it
    local out
    if out=$(export "$2" && train cuda broken 2>&1 >"$work/stdout"); then
      echo "fakecuda: trained in spite of $2" >&2
      return 1
    fi
    out=$(sed -n '/^error: /,$p' <<<"$out") # to the end of what was printed
    echo "$out"
    [[ $(wc -l <<<"$out") == 1 && $out == *"$1"* ]]
  }
  refused "no CUDA-capable device" STILLFIELD_FAKE_INIT=100
  refused "CUDA 10.2" STILLFIELD_FAKE_VERSION=10020
  refused "the plan wants" STILLFIELD_FAKE_OOM=100000
  refused "launch failure (CUDA error 719); no checkpoint" STILLFIELD_FAKE_FAIL=40
  refused "CUDA error 46); the last good checkpoint is " STILLFIELD_FAKE_LOSE=150
  train cuda broken
  cmp "$work"/{cuda,broken}/checkpoints/step-000000003.safetensors

  step "cu, linked"
  if runtime=$(scripts/wheel.sh nvidia-cuda-runtime-cu12==12.9.79); then
    export CGO_CFLAGS="-w -I$runtime/nvidia/cuda_runtime/include" CGO_LDFLAGS="-L$work"
    go vet -tags gpu ./cuda/driver/cudrv
    go test -tags gpu -count=1 ./cuda/driver/cudrv "${bench[@]}"
    go build -tags gpu -o "$work/stillfield-gpu" .
    binary=$work/stillfield-gpu train cuda cu
    cmp "$work"/{cuda,cu}/checkpoints/step-000000003.safetensors
  else
    skip "the cu form: no cuda.h (see above)"
  fi
fi

if ((${#skipped[@]})); then
  printf '!!!! SKIPPED: %s\n' "${skipped[@]}"
  [[ -z ${STRICT:-} ]] || exit 1
else
  echo "ok: nothing skipped"
fi
