#!/usr/bin/env bash
# Proves that the tests of the kernels can fail: puts bugs into the PTX, into its
# sources and into the Go that launches it, one at a time, runs the tests on each,
# on the emulator, and prints what caught it. A mutant that lives is a failure.
# Takes Go and clang-19, and about four minutes on two cores.
#
#   scripts/mutants.sh            all of them
#   scripts/mutants.sh attention  those whose name matches
set -euo pipefail
cd "$(dirname "$0")/.."

clang=${CLANG:-clang-19}
command -v "$clang" >/dev/null || { echo "mutants: no $clang (apt-get install clang-19)" >&2; exit 1; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

status=0
go test -count=1 -timeout 30m -v -run "Test(PTX|Sources|Host)/${1:-}" ./internal/mutant -clang "$clang" >"$log" 2>&1 || status=$?
if ((status)); then
  cat "$log"
  echo "mutants: a mutant lives" >&2
  exit 1
fi
# One line for each: family, bug, what caught it (of a source: suite of devices / tests of kernels), and where.
sed -n 's/^ *[a-z]*_test\.go:[0-9]*: //p' "$log" | sort
echo "mutants: $(grep -c '_test\.go:[0-9]*: ' "$log") caught"
