#!/bin/sh
# Holds every distance that `eval` prints to numpy and scipy, which compute them from the
# papers' definitions on the same arrays, and writes the golden numbers of eval/distance anew,
# which must be those that are committed.
#
# They are taken from the virtual environment named in SCORES_VENV, or installed by pip into a
# temporary place. Where that is impossible the status is 77: CI says then that this is unproven.
set -eu
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

skip() {
    echo "scores-check: SKIPPED: $1" >&2
    exit 77
}

venv=${SCORES_VENV:-}
if [ -z "$venv" ]; then
    venv=$dir/venv
    python3 -m venv "$venv" >"$dir/log" 2>&1 || skip "python3 -m venv fails: $(tail -n 1 "$dir/log")"
    "$venv/bin/pip" install --quiet --disable-pip-version-check numpy scipy >"$dir/log" 2>&1 ||
        skip "pip install fails: $(tail -n 1 "$dir/log")"
fi

"$venv/bin/python" scripts/scores/check.py --golden "$dir/scores.json"
"$venv/bin/python" scripts/scores/check.py --arrays "$dir"
go build -o "$dir/stillfield" .
"$dir/stillfield" eval "$dir/generated.npy" --against "array:path=$dir/real.npy" --features pixels --json --quiet \
    --metrics "kid:size=200,subsets=20,mmd,energy-distance,fd:sizes=5,mind:lines=50,swd:lines=50,prdc,two-sample" \
    >"$dir/scores"
"$dir/stillfield" eval "$dir/generated.npy" --against "array:path=$dir/real.npy" --features pixels --json --quiet \
    --metrics swd:lines=50,p=1 >"$dir/w1"
"$venv/bin/python" - "$dir/scores" "$dir/w1" <<'EOF'
import json, sys
a, b = (json.load(open(f)) for f in sys.argv[1:])
a["reports"][0]["scores"] += b["reports"][0]["scores"]
json.dump(a, open(sys.argv[1], "w"))
EOF
"$venv/bin/python" scripts/scores/check.py --compare "$dir" "$dir/scores"
"$venv/bin/python" scripts/scores/check.py --same "$dir/scores.json" eval/distance/testdata/scores.json
