#!/bin/sh
# Several ranks, as mpirun starts them: what they train and sample is what one process does, to the
# byte, and a failure is said once.
# Usage: test_cli_mpi.sh PROGRAM MPIRUN
set -u
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/expect.sh"
. "$tests/runs.sh"
mpirun=$2

# run_ranks RANKS ARGUMENT...: sets `got` to mpirun's exit status.
run_ranks() {
    ranks=$1
    shift
    timeout 100 "$mpirun" -n "$ranks" "$program" "$@" >out 2>err </dev/null
    got=$?
}

# expect_ranks RANKS STATUS TEXT ARGUMENT...: like expect; a failure of all is said by one.
expect_ranks() {
    ranks=$1 status=$2 text=$3
    shift 3
    run_ranks "$ranks" "$@"
    if [ "$got" -ne "$status" ]; then
        complain "$ranks ranks: digress $*: exit status $got, expected $status"
    elif ! cat out err | grep -qF -e "$text"; then
        complain "$ranks ranks: digress $*: no '$text' in:"
    elif [ "$status" -ne 0 ] && [ "$(grep -c '^digress: ' err)" -ne 1 ]; then
        complain "$ranks ranks: digress $*: expected one error line, got:"
    fi
}

expect 0 "community, 25 graphs" data community -n 25 --out set
expect 0 "the run is in alone" train tiny.yaml dataset.path=set --out alone
for ranks in 1 2 3 4; do
    expect_ranks $ranks 0 "the run is in of-$ranks" train tiny.yaml dataset.path=set --out of-$ranks
    compare_runs alone of-$ranks "last best best-samples"
    compare_logs alone of-$ranks
done
[ "$(grep -c '^the run is in' out)" -le 1 ] || complain "more than one rank speaks"

# A run goes on with another number of ranks.
expect 0 "the run is in half" train tiny.yaml dataset.path=set train.max_steps=1 --out half
expect_ranks 3 0 "on each of 3 ranks" train --resume half train.max_steps=0
compare_runs alone half last

expect 0 "9 graphs" sample alone -n 9 --chain 2 --seed 3 --out samples
for ranks in 2 3; do
    expect_ranks $ranks 0 "9 graphs" sample alone -n 9 --chain 2 --seed 3 --threads 1 --out by-$ranks
    diff -r samples by-$ranks >out || complain "samples of $ranks ranks differ"
done

# train_in RUN WORD...: starts a long training, by WORDs, and waits for its first checkpoint. `job` is
# the launcher.
train_in() {
    run=$1
    shift
    timeout 100 "$mpirun" -n 3 "$@" "$program" train tiny.yaml dataset.path=set train.n_epochs=1000000 \
        general.sample_every_val=0 --out "$run" >out 2>err </dev/null &
    job=$!
    while [ ! -e "$run/checkpoints/last.safetensors" ] && kill -0 $job; do sleep 0.05; done
}

# signal_first NAME WORD...: sends it to rank 0 of a training. Sets `got`.
signal_first() {
    signal=$1
    shift
    train_in "on-$signal" "$@"
    kill -"$signal" "$(sed 's/process \([0-9]*\) on .*/\1/' "on-$signal/lock")"
    wait $job
    got=$?
}

# A signal to one rank of a training ends all, after saving; so does, without, the death of one, and
# after a while its silence.
signal_first TERM
[ $got -eq 143 ] || complain "SIGTERM to a rank: status $got, expected 143"
grep -q "digress: stopped by SIGTERM after step .* and saved; go on with --resume on-TERM" err ||
    complain "SIGTERM to a rank: it is not said how to go on"
signal_first KILL
[ $got -ne 0 ] || complain "the death of a rank went unnoticed"
signal_first STOP env DIGRESS_RANK_TIMEOUT=2
[ $got -ne 0 ] || complain "SIGSTOP to a rank: status 0"
grep -q "^digress: rank [12]: no answer from another rank for 2 s" err ||
    complain "SIGSTOP to a rank: nobody misses it"
# A batch system signals all of them.
cat >keep-status <<'EOT'
rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}
"$@" &
child=$!
echo $child >"process-$rank"
wait $child
echo $? >"status-$rank"
EOT
train_in on-all sh keep-status
# shellcheck disable=SC2046 # words
kill -TERM $(cat process-*)
wait $job
for rank in 0 1 2; do
    [ "$(cat status-$rank)" = 143 ] || complain "SIGTERM to all: rank $rank does not end with 143"
done
grep -q "digress: stopped by SIGTERM after step" err || complain "SIGTERM to all: nothing is saved"
for run in on-TERM on-KILL on-STOP on-all; do
    expect 0 "the run is in $run" train --resume $run train.max_steps=1
done

# Failures: of all ranks, of one, of a command that is not divided; a rank without the file, or with
# other instructions.
expect_ranks 2 2 "nowhere" sample nowhere -n 2 --out none
expect_ranks 2 2 "unknown key 'model.n_layer'" train tiny.yaml model.n_layer=2 --out none
expect_ranks 2 2 "half: exists already" train tiny.yaml dataset.path=set --out half
expect_ranks 2 2 "'info' works as one" info alone
expect_ranks 1 2 "the ranks do not match" sample alone -n 2 --out none : -n 1 "$program" sample alone -n 3 --out none
mkdir empty
expect_ranks 1 2 "digress: rank 1: alone: " sample alone -n 2 --out "$PWD/none" : \
    -n 1 sh -c 'cd empty && exec "$@"' sh "$program" sample alone -n 2 --out "$PWD/none"
if grep -qw avx2 /proc/cpuinfo; then
    expect_ranks 1 2 "for x86-64-v2 and" sample alone -n 2 --out none : \
        -n 1 env DIGRESS_ISA=v2 "$program" sample alone -n 2 --out none
fi
export DIGRESS_RANK_TIMEOUT=5s
expect_ranks 2 2 "DIGRESS_RANK_TIMEOUT: expected seconds" sample alone -n 2 --out none
unset DIGRESS_RANK_TIMEOUT
expect_nothing none
expect_ranks 2 2 "cannot make the folder" sample alone -n 3 --threads 1 --out tiny.yaml/none

exit "$failed"
