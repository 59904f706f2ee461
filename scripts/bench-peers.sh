#!/bin/sh
# Times cpu/kernels against OpenBLAS and oneDNN (Debian: libopenblas-dev, libdnnl-dev)
# and against PyTorch with its MKL and oneDNN, where they are installed.
#
#	scripts/bench-peers.sh [--threads 1,2] [--sets mlp,unet] [--kinds gemm] [--rounds 5] [--seconds 0.1] [--best]
#
# The shapes are cpu/kernels/testdata/shapes.txt. --best takes the best sample and not
# the median, the only figure that means anything for two threads on a busy machine.
# PYTHON names the interpreter that has torch (python3 if it has).
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go test -c -o "$work/ours" ./cpu/kernels
set -- --ours "$work/ours" --kernel cpu/kernels "$@"
if ${CXX:-c++} -O2 -o "$work/peers" scripts/bench-peers.cc -lopenblas -ldnnl -lgomp 2>"$work/log"; then
	set -- --peers "$work/peers" "$@"
else
	echo "bench-peers: without OpenBLAS and oneDNN: $(head -n 1 "$work/log")" >&2
fi
if ${PYTHON:-python3} -c 'import torch' 2>/dev/null; then
	set -- --python "${PYTHON:-python3}" "$@"
fi
python3 scripts/bench-peers.py "$@"
