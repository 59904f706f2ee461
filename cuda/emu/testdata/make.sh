#!/bin/sh
# Compiles the .cu files of this directory to the PTX the tests run.
cd "$(dirname "$0")" || exit 1
flags="-x cuda --cuda-device-only -S -nocudainc -nocudalib -O3 -std=c++17 -gline-tables-only -fdebug-compilation-dir=. -I."
for a in 75 80 90; do
	clang-19 $flags --cuda-gpu-arch=sm_$a --cuda-feature=+ptx78 prototype.cu -o prototype_$a.ptx || exit 1
done
clang-19 $flags --cuda-gpu-arch=sm_80 --cuda-feature=+ptx70 features.cu -o features_80.ptx
for o in 0 3; do
	clang-19 -x cuda --cuda-device-only -S -nocudainc -nocudalib --cuda-gpu-arch=sm_80 --cuda-feature=+ptx75 -O$o \
		-std=c++17 -ffp-contract=off -fno-ident author.cu -o - |
		sed -E -e 's#[ \t]*//.*$##' -e '/^[ \t]*$/d' >author_O$o.ptx || exit 1
done
