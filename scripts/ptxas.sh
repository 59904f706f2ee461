#!/usr/bin/env bash
# Holds the committed PTX to what NVIDIA's own tools make of it, without a GPU:
#
#   assemble   every file for every GPU from its target on that a driver may
#              compile it for: sm_75, 80, 86, 89, 90, 100, 120
#   level      for sm_90, PTX of a file's own level and of 9.0 are one machine code
#   wgmma      what is for sm_90a alone is assembled with no wgmma made to wait
#   budget     no kernel spills; registers and static shared memory stay within
#              budget.txt, the largest over those GPUs
#   loops      the innermost loop of each product, convolution and attention has no
#              more instructions for each tensor-core product, or FFMA, than
#              loops.txt allows (scripts/sass-loops.awk)
#   sass       the instructions a kernel claims (tensor cores, asynchronous
#              copies) are in the machine code: sass.txt
#   forms      every form of an instruction that the emulator loads (cuda/emu)
#              is one for the assembler too
#   nvrtc      NVIDIA's compiler takes the same sources and finds the same
#              kernels with the same parameters; what it makes of them passes the
#              tests of the kernels and the suite of devices, on the emulator
#
#   scripts/ptxas.sh                 checks cuda/kernels
#   scripts/ptxas.sh --update        and rewrites budget.txt and loops.txt first
#   scripts/ptxas.sh [--update] DIR  another folder of .ptx and .cu
#
# The tools are wheels (scripts/wheel.sh): ptxas and NVRTC 12.9.86, nvdisasm.
set -euo pipefail
cd "$(dirname "$0")/.."

update=
[[ ${1:-} == --update ]] && update=1 && shift
dir=${1:-cuda/kernels}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C

shopt -s nullglob
ptx=("$dir"/*.ptx)
((${#ptx[@]})) || { echo "ptxas: $dir holds no .ptx" >&2; exit 1; }

ptxas=$(scripts/wheel.sh nvidia-cuda-nvcc-cu12==12.9.86 '*/bin/ptxas')/nvidia/cuda_nvcc/bin/ptxas
nvrtc=$(scripts/wheel.sh nvidia-cuda-nvrtc-cu12==12.9.86 '*/libnvrtc.so.12' '*/libnvrtc-builtins.so.*')
nvrtc=$nvrtc/nvidia/cuda_nvrtc/lib
nvdisasm=$(scripts/wheel.sh triton==3.9.0 '*/bin/nvdisasm')/triton/backends/nvidia/bin/nvdisasm

failed=
fail() { echo "ptxas: $*" >&2; failed=1; }

target() { awk '$1 == ".target" { sub(/,.*/, "", $2); print $2; exit }' "$1"; }

# gpus TARGET lists what PTX for it is assembled for.
gpus() {
  if [[ $1 == *a ]]; then echo "$1"; return; fi
  for gpu in 75 80 86 89 90 100 120; do
    if ((gpu >= ${1#sm_})); then echo "sm_$gpu"; fi
  done
}

# figures turns ptxas -v into lines: target gpu kernel registers shared stack spill.
figures() {
  awk -v target="$1" -v gpu="$2" '
    /Compiling entry function/ { split($0, q, "\047"); kernel = q[2] }
    /bytes stack frame/        { stack = $1; spill = $5 + $9 }
    /Used [0-9]+ registers/    {
      match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5)
      shared = match($0, /[0-9]+ bytes smem/) ? substr($0, RSTART, RLENGTH) + 0 : 0
      print target, gpu, kernel, registers, shared, stack, spill
    }'
}

for f in "${ptx[@]}"; do
  t=$(target "$f")
  for gpu in $(gpus "$t"); do
    cubin=$work/$(basename "$f" .ptx).$gpu.cubin
    if "$ptxas" -v -arch="$gpu" "$f" -o "$cubin" 2>"$work/log"; then
      if grep -E '\(C75[0-9]+\)' "$work/log" >"$work/slow"; then fail "$f for $gpu: $(head -n 1 "$work/slow")"; fi
      figures "$t" "$gpu" <"$work/log" >>"$work/figures"
      "$nvdisasm" -c "$cubin" 2>"$work/log" >"$work/text"
      awk -f scripts/sass-loops.awk "$work/text" | sed "s/^/$t $gpu /" >>"$work/loops"
      awk <"$work/text" -v target="$t" -v gpu="$gpu" '
        $1 ~ /^\.text\./ { kernel = substr($1, 7); sub(/:.*/, "", kernel) }
        match($0, /^ +\/\*[0-9a-f]+\*\/ +/) {
          op = substr($0, RSTART + RLENGTH); sub(/^@!?U?P[0-9T]+ +/, "", op); sub(/[ ;].*/, "", op)
          n[kernel " " op]++
        }
        END { for (k in n) print target, gpu, k, n[k] }' >>"$work/sass"
    else
      fail "$f for $gpu: $(head -n 3 "$work/log" | tr '\n' ';') $(wc -l <"$work/log") lines in all"
    fi
  done
done
# PTX that says it is for 9.0 would be the same machine code there: one file does.
code() { "$nvdisasm" -c "$1" 2>/dev/null | sed -n 's#^ *\(/\*[0-9a-f]*\*/.*\)#\1#p; s#^ *\.text\.#&#p'; }
for f in "${ptx[@]}"; do
  if [[ $(target "$f") == *a ]]; then continue; fi
  later=$work/later.ptx
  sed -E 's/^\.target sm_[0-9]+/.target sm_90/; s/^\.version .*/.version 7.8/' "$f" >"$later"
  "$ptxas" -arch=sm_90 "$later" -o "$work/later.cubin" || fail "$f as PTX for sm_90"
  code "$work/$(basename "$f" .ptx).sm_90.cubin" >"$work/now"
  code "$work/later.cubin" >"$work/then"
  [[ -s $work/now ]] && cmp -s "$work/now" "$work/then" || fail "$f: other machine code for sm_90 from PTX for it"
done
# What the suite of drivers runs is written by hand, which no compiler has seen.
for gpu in $(gpus sm_75); do
  "$ptxas" -arch="$gpu" cuda/driver/drivertest/kernels.ptx -o /dev/null || fail "drivertest/kernels.ptx for $gpu"
done
# Every form of an instruction that the emulator loads is one.
STILLFIELD_FORMS=$work/forms.ptx go test -count=1 -run '^TestForms$' ./cuda/emu >"$work/log" || fail "$(cat "$work/log")"
if "$ptxas" -O0 -arch=sm_90a "$work/forms.ptx" -o /dev/null 2>"$work/log"; then
  echo "forms: all that the emulator loads, $(wc -l <"$work/forms.ptx") lines"
else
  fail "forms: $(sed -n 's/.*line \([0-9]*\);.*/\1/p' "$work/log" | head -n 3 |
    while read -r n; do sed -n "${n}p" "$work/forms.ptx"; done) $(wc -l <"$work/log") lines in all"
fi
[[ -s $work/figures ]] || { echo "ptxas: nothing assembled" >&2; exit 1; }

# The largest figures of each kernel over the GPUs of its target.
awk '{
  k = $1 " " $3
  if ($4 > r[k]) r[k] = $4
  if ($5 > s[k]) s[k] = $5
} END { for (k in r) print k, r[k], s[k] + 0 }' "$work/figures" | sort >"$work/budget"

budget=$dir/budget.txt
if [[ -n $update ]]; then
  { echo "# What each kernel may use: target, kernel, registers, bytes of static shared memory."
    echo "# Written by scripts/ptxas.sh --update, checked by scripts/ptxas.sh."
    cat "$work/budget"; } >"$budget"
fi

echo "target gpu kernel registers shared stack spill" | cat - "$work/figures" | column -t

while read -r _ gpu kernel _ _ _ spill; do
  ((spill == 0)) || fail "$kernel for $gpu spills $spill bytes"
done <"$work/figures"

if [[ -e $budget ]]; then
  grep -v '^#' "$budget" | sort >"$work/allowed" || true
  while read -r line; do fail "budget: $line"; done < <(awk '
    NR == FNR { r[$1 " " $2] = $3; s[$1 " " $2] = $4; next }
    { k = $1 " " $2; seen[k] = 1 }
    !(k in r)  { print k " is not in budget.txt (--update adds it)"; next }
    $3 > r[k]  { print k " uses " $3 " registers, allowed " r[k] }
    $4 > s[k]  { print k " uses " $4 " bytes of shared memory, allowed " s[k] }
    END { for (k in r) if (!(k in seen)) print k " is in budget.txt and not in the PTX" }
  ' "$work/allowed" "$work/budget" | sort)
else
  fail "$budget is missing (--update writes it)"
fi

# The innermost loops, and the most instructions that each has on the GPU of its target and on sm_90.
echo "target gpu kernel of count instructions each device shared" | cat - "$work/loops" | column -t
awk '($2 == $1 || $2 == "sm_90") && $3 ~ /^(gemm|conv|attention)/ { k = $1 " " $3 " " $4; if ($7 > most[k]) most[k] = $7 }
  END { for (k in most) print k, most[k] }' "$work/loops" | sort >"$work/most"
loops=$dir/loops.txt
if [[ -n $update ]]; then
  { echo "# Instructions of the innermost loop for each tensor-core product (mma) or FFMA in it, at most:"
    echo "# target, kernel, which, how many, all paths through the loop counted. Written by"
    echo "# scripts/ptxas.sh --update, checked by scripts/ptxas.sh."
    cat "$work/most"; } >"$loops"
fi
if [[ -e $loops ]]; then
  grep -v '^#' "$loops" >"$work/allowed" || true
  while read -r line; do fail "loops: $line"; done < <(awk '
    NR == FNR { m[$1 " " $2 " " $3] = $4; next }
    { k = $1 " " $2 " " $3; seen[k] = 1 }
    !(k in m)  { print k " is not in loops.txt (--update adds it)"; next }
    $4 > m[k]  { print k " takes " $4 " instructions for each, allowed " m[k] }
    END { for (k in m) if (!(k in seen)) print k " is in loops.txt and not in the machine code" }
  ' "$work/allowed" "$work/most" | sort)
fi

# Each line of sass.txt: target, kernel, instruction that must appear, on every
# GPU the kernel was assembled for. The least count over those is printed.
if [[ -e $dir/sass.txt ]]; then
  while read -r verdict line; do
    if [[ $verdict == ok ]]; then echo "sass: $line"; else fail "sass: $line"; fi
  done < <(grep -v '^#' "$dir/sass.txt" | awk '
    FILENAME == "-" { rule[++rules] = $0; next }
    FILENAME ~ /figures$/ { gpus[$1 " " $3] = gpus[$1 " " $3] " " $2; next }
    { count[$1 " " $2 " " $3 " " ++ops[$1 " " $2 " " $3]] = $4 " " $5 }
    END {
      for (i = 1; i <= rules; i++) {
        split(rule[i], r, " ")
        least = -1
        n = split(gpus[r[1] " " r[2]], gpu, " ")
        for (g = 1; g <= n; g++) {
          key = r[1] " " gpu[g] " " r[2]
          sum = 0
          for (k = 1; k <= ops[key]; k++) {
            split(count[key " " k], c, " ")
            if (index(c[1], r[3]) == 1) sum += c[2]
          }
          if (sum == 0) print "bad", r[2], "for", gpu[g], "has no", r[3]
          if (least < 0 || sum < least) least = sum
        }
        if (n == 0) print "bad", r[2], "for", r[1], "is not in the PTX"
        else if (least > 0) print "ok", r[2], r[3] ":", least
      }
    }' - "$work/figures" "$work/sass")
fi

# The second front end: for each kernel a line with its parameters' types.
signatures() {
  awk '
    /\.entry/ { open = 1; text = "" }
    open      { sub(/\/\/.*/, ""); text = text " " $0 }
    open && /\)|\{/ {
      open = 0
      sub(/.*\.entry */, "", text)
      name = text; sub(/[ (].*/, "", name)
      types = ""
      n = split(text, part, ".param")
      for (i = 2; i <= n; i++) {
        match(part[i], /\.[bfsu][0-9]+/)
        types = types " " substr(part[i], RSTART + 1, RLENGTH - 1)
      }
      print name types
    }' "$1" | sort
}
for f in "${ptx[@]}"; do
  t=$(target "$f") source=${f%.ptx}.cu
  [[ -e $source ]] || source=$(sed 's/\.sm_[0-9]*$/.cu/' <<<"${f%.ptx}") # k.sm_80.ptx comes from k.cu
  if ! python3 scripts/nvrtc.py "$nvrtc" "compute_${t#sm_}" "$work/nvrtc" "$source"; then
    fail "nvrtc: $source for $t does not compile"
  elif diff <(signatures "$f") <(signatures "$work/nvrtc/$(basename "$source" .cu).ptx") >"$work/diff"; then
    echo "nvrtc: $source for $t: the same $(signatures "$f" | wc -l) kernels"
  else
    fail "nvrtc: $source for $t: < as committed, > by NVRTC: $(grep '^[<>]' "$work/diff" | tr '\n' ';')"
  fi
done

# Go builds with NVRTC's PTX in the place of the committed. Its version is NVRTC's
# own, of a driver newer than the instructions need.
if [[ -z $failed && $dir == cuda/kernels ]]; then
  sed -i 's/^\.version 8\.8/.version 8.5/' "$work"/nvrtc/*.ptx
  comma=
  {
    printf '{"Replace": {'
    for f in "${ptx[@]}"; do
      printf '%s"%s": "%s"' "$comma" "$PWD/$f" "$work/nvrtc/$(basename "$f")"
      comma=', '
    done
    printf '}}'
  } >"$work/overlay"
  go test -count=1 -vet=off -overlay "$work/overlay" ./cuda/kernels || fail "nvrtc: its PTX fails the tests of the kernels"
  go test -count=1 -vet=off -overlay "$work/overlay" -run Conformance ./cuda || fail "nvrtc: its PTX fails the suite of devices"
fi

[[ -z $failed ]] || exit 1
echo "ok: ${#ptx[@]} files, $(wc -l <"$work/figures") kernels assembled, no spills"
