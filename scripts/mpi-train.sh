#!/bin/bash
# mpi-train.sh [--short] [DIR]: training under a real launcher, mpirun of Open MPI or of MPICH; MPIRUN names another than mpirun.
# One, two, four and eight processes must write the same checkpoint, byte for byte; a process that is killed must end the
# others, and a run that is stopped by a signal to one process must be saved, with status 75; other numbers of processes must
# go on from there to the same checkpoint; one that hears nothing of the others must end by itself, with status 70. DIR (a new
# one of /tmp) keeps what each wrote. A minute on two idle cores; --short has equal bits of digits and a run that is stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
short=
if [ "${1:-}" = --short ]; then
	short=1
	shift
fi
mpirun=${MPIRUN:-mpirun}
work=${1:-$(mktemp -d /tmp/mpi-train.XXXXXX)}
mkdir -p "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 GOMEMLIMIT=1GiB
CGO_ENABLED=0 go build -o "$work/stillfield" .
cd "$work"
steps=60
cat >digits.yaml <<END
name: digits
steps: $steps
batch: 64
data: {name: digits}
model: {kind: mlp, width: 64, depth: 2}
optimizer: {warmup: 10}
log: {every: 20, checkpoint: 20}
sample: {steps: 4, n: 4}
END
cat >unet.yaml <<END
name: unet
steps: 4
batch: 16
data: {name: digits, flip: true}
model: {kind: unet, channels: 8, levels: [1, 2], blocks: 1, attention: [4], classes: 10, label_dropout: 0.2}
optimizer: {warmup: 3}
log: {every: 2, checkpoint: 2}
sample: {steps: 4, n: 4}
END
last() { printf '%s/checkpoints/step-%09d.safetensors' "$1" "$2"; }
fail() { echo "FAILED: $*"; exit 1; }

case $($mpirun --version 2>&1) in
*"Open MPI"* | *OpenRTE*) launch="$mpirun --bind-to none --oversubscribe --mca odls_base_sigkill_timeout 5" ;;
*) launch="$mpirun" ;;
esac
train() { # PROCESSES CONFIG RUN [more arguments]
	local n=$1 config=$2 run=$3
	shift 3
	timeout 120 $launch -n "$n" ./stillfield train "$config.yaml" --run "$run" --device cpu --deadline 10s "$@" \
		>"$run.out" 2>"$run.err"
}

configs="digits unet" counts="1 2 4 8"
[ -z "$short" ] || configs=digits counts="2 4"
for config in $configs; do
	n=$(sed -n 's/^steps: //p' $config.yaml)
	./stillfield train $config.yaml --run $config-alone --device cpu --set reduce=exact -q >/dev/null 2>&1
	for ranks in $counts; do
		train $ranks $config $config-$ranks || fail "$ranks processes: status $?: $(tail -3 $config-$ranks.err)"
		cmp "$(last $config-alone $n)" "$(last $config-$ranks $n)" || fail "$config: $ranks processes have other bits than one"
	done
	echo "$config: 1, $(sed "s/^1 //; s/ /, /g" <<<"$counts") processes write the same checkpoint: $(sha256sum <"$(last $config-alone $n)" | cut -c1-12)"
done

# A process of a run that has no end is found by its arguments, once the run has a line in its log.
long() { # PROCESSES RUN SIGNAL
	local ranks=$1 run=$2 signal=$3 pids
	train "$ranks" digits "$run" --steps 1000000 --set log.checkpoint=1000 --set optimizer.schedule=constant &
	local job=$!
	for ((i = 0; i < 600; i++)); do
		[ -e "$(last "$run" 1000)" ] && break
		sleep .1
	done
	pids=$(pgrep -f "^./stillfield train digits.yaml --run $run ")
	kill -"$signal" "$(tail -1 <<<"$pids")"
	status=0
	wait $job || status=$?
	for ((i = 0; i < 100; i++)); do # the launcher ends them when it has ended itself
		pgrep -f "^./stillfield train digits.yaml --run $run " >/dev/null || break
		sleep .1
	done
	! pgrep -f "^./stillfield train digits.yaml --run $run " >left || fail "$signal: processes are left: $(cat left)"
}
newest() { ls "$1/checkpoints" | tail -1 | tr -dc 0-9 | sed 's/^0*//'; }

long 2 stopped TERM
[ $status = 75 ] || fail "a signal to one of 2 processes: status $status, want 75: $(tail -3 stopped.err)"
at=$(newest stopped)
echo "TERM to one of 2 processes: status 75, saved after step $at"
if [ -z "$short" ]; then
	long 2 dumb STOP
	[ $status = 70 ] || fail "a process that does not answer: status $status, want 70: $(tail -3 dumb.err)"
	grep -q "not finished after 10s" dumb.err || fail "a process that does not answer is not told of: $(tail -3 dumb.err)"
	echo "STOP of one of 2 processes: status 70 after 10 s"
	long 2 killed KILL
	[ $status != 0 ] || fail "a killed process: status 0"
	from=$(newest killed)
	echo "KILL of one of 2 processes: status $status, the newest checkpoint is of step $from"
fi

# They go on, to a step that none has reached, as other numbers of processes; one process trains to it alone.
runs=stopped from=${from:-0}
[ -n "$short" ] || runs="stopped killed"
to=$(((at > from ? at : from) + 500))
more="--steps $to --set log.checkpoint=0 --set optimizer.schedule=constant"
./stillfield train digits.yaml --run whole --device cpu --set reduce=exact $more -q >/dev/null 2>&1
for run in $runs; do
	train 4 digits $run $more || fail "$run: 4 processes do not go on: status $?: $(tail -3 $run.err)"
	cmp "$(last whole $to)" "$(last $run $to)" || fail "$run by 2 processes, then 4: other bits than one process"
done
echo "they go on as 4 processes to step $to with the bits of one"

# What is wrong on all is said once.
if train 2 digits refused --set batch=12 --set reduce=exact; then fail "a batch that leaves do not divide: status 0"; fi
[ "$(grep -c "batch: got 12, want a multiple of the 8 leaves" refused.err)" = 1 ] ||
	fail "a batch that leaves do not divide is not said once: $(cat refused.err)"
echo "what is wrong on all processes is said once"
[ $# -gt 0 ] || rm -rf "$work"
