#!/usr/bin/env bash
# Compiles cuda/kernels/*.cu to the PTX that is committed beside them, with
# Debian's clang-19 and no toolkit. A file is for the least compute capability
# it can run on: 8.0 for tensor cores (*_tensor.cu), 7.5 for the rest; a driver
# compiles it for the device it finds. What only 9.0 has is in files for it alone
# (*_hopper.cu, sm_90a). Other files for 8.0 and 9.0 as well would differ
# in their headers alone, which --check proves, and give the same machine code,
# which scripts/ptxas.sh does. The bytes are a function of the sources: no paths,
# no dates; line information stays, so that the emulator and a debugger name the
# line of the .cu.
#
#   scripts/kernels.sh            writes cuda/kernels/*.ptx
#   scripts/kernels.sh --check    compiles again and compares byte for byte
set -euo pipefail
cd "$(dirname "$0")/../cuda/kernels"
export LC_ALL=C

clang=${CLANG:-clang-19}
version=$("$clang" --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
[[ $version == 19 ]] || { echo "kernels: $clang is version ${version:-none}, want 19 (apt-get install clang-19)" >&2; exit 1; }

# compile SOURCE LEVEL writes PTX. clang repeats the position of every line as a
# comment, which would double the size.
compile() {
  local ptx=63
  case $2 in 80) ptx=70 ;; 90) ptx=78 ;; 90a) ptx=80 ;; esac
  "$clang" -x cuda --cuda-device-only -S -nocudainc -nocudalib --cuda-gpu-arch="sm_$2" \
    -Xclang -target-feature -Xclang "+ptx$ptx" -O3 -std=c++17 -ffp-contract=off \
    -gline-tables-only -fdebug-compilation-dir=. -fno-ident -Wall -Wextra -Werror "$1" -o - |
    sed -E -e 's#[ \t]*//.*$##' -e '/^[ \t]*$/d' -e 's#^(\t\.file\t[0-9]+ ").*/#\1#'
}
body() { grep -vE '^\.(version|target)' "$1"; }
fail() { echo "kernels: $*" >&2; exit 1; }

check=
[[ ${1:-} == --check ]] && check=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for f in *.cu; do
  name=${f%.cu} level=75
  [[ $name == *_tensor ]] && level=80
  [[ $name == *_hopper ]] && level=90a
  compile "$f" $level >"$work/$name.ptx"
  if [[ -z $check ]]; then
    cp "$work/$name.ptx" .
    continue
  fi
  cmp -s "$work/$name.ptx" "$name.ptx" || fail "$name.ptx is not what $f compiles to: run scripts/kernels.sh"
  [[ $level == 90a ]] && continue
  for later in 80 90; do
    compile "$f" $later >"$work/later"
    cmp -s <(body "$work/$name.ptx") <(body "$work/later") || fail "$f compiles to other code for $later than for $level"
  done
done
for f in *.ptx; do
  [[ -e ${f%.ptx}.cu ]] || fail "$f has no source"
done
echo "kernels: $(ls -- *.ptx | wc -l) files, $(cat -- *.ptx | wc -c) bytes"
