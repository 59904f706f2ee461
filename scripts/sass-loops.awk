# Of each kernel in nvdisasm's text, the innermost loop of what it is about: tensor-core products
# (HMMA, HGMMA), or else FFMA. A loop is what lies between a label and a branch back to it; of several
# it is the one with the fewest instructions for each product. Prints the kernel, mma or FFMA, how many
# of these the loop has, its instructions, both paths of a branch counted, how many these are for each,
# and its loads of device memory (g) and of shared memory (s) by bytes of a lane: 16+8+4 or less.
function finish(   i, j, a, op, w, best, n, all, key, v) {
  best = ""
  for (i = 1; i <= back; i++) {
    split("", v); n = all = 0
    for (j = start[i]; j <= end[i]; j++) {
      all++
      op = code[j]
      if (op ~ /^(HMMA|HGMMA)/) { v["mma"]++ } else if (op ~ /^FFMA/) { v["FFMA"]++ }
      if (op ~ /^LDG|^LDGSTS|^LDS|^LDSM/) {
        key = op ~ /^LDSM|^LDS($|[.])/ ? "s" : "g"
        w = op ~ /\.128|LDSM.*\.4/ ? 16 : op ~ /\.64|LDSM.*\.2/ ? 8 : 4
        v[key w]++
      }
    }
    kind = v["mma"] ? "mma" : "FFMA"
    n = v[kind] + 0
    if (n == 0) continue
    # Of nested loops the one with the fewest instructions for each of those that count; tensor cores first.
    if (best == "" || (kind == "mma" && bkind != "mma") || (kind == bkind && all * bn < ball * n)) {
      best = i; bkind = kind; bn = n; ball = all
      loads = sprintf("g%d+%d+%d s%d+%d+%d", v["g16"], v["g8"], v["g4"], v["s16"], v["s8"], v["s4"])
    }
  }
  if (best != "") printf "%s %s %d %d %.2f %s\n", kernel, bkind, bn, ball, ball / bn, loads
  split("", label); lines = back = 0
}
$1 ~ /^\.text\./ { if (kernel != "") finish(); kernel = substr($1, 7); sub(/:.*/, "", kernel) }
/^\.L_x_[0-9]+:/ { l = $1; sub(/:.*/, "", l); label[l] = lines + 1 }
match($0, /^ +\/\*[0-9a-f]+\*\/ +/) {
  op = substr($0, RSTART + RLENGTH)
  sub(/^\{ */, "", op); sub(/^@!?U?P[0-9T]+ +/, "", op)
  code[++lines] = op; sub(/[ ;].*/, "", code[lines])
  if (code[lines] == "BRA" && match(op, /\.L_x_[0-9]+/)) {
    l = substr(op, RSTART, RLENGTH)
    if (l in label) { start[++back] = label[l]; end[back] = lines }
  }
}
END { if (kernel != "") finish() }
