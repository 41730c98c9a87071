#!/bin/sh
# Several ranks, as mpirun starts them: what they train, sample and measure is what one process
# does, to the byte, and a failure is said once.
# Usage: test_cli_mpi.sh PROGRAM MPIRUN
set -u
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/expect.sh"
. "$tests/runs.sh"
mpirun=$2
# Open MPI would wait a second, twice, before it ends the ranks that a failed one leaves behind.
export OMPI_MCA_odls_base_sigkill_timeout=0

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
    judge "$status" "$text" "$ranks ranks: digress $*"
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

# Evaluations print the same, once: comparisons, with a cache of what is compared with, and bounds.
# expect_alike RANKS ARGUMENT...
expect_alike() {
    ranks=$1
    shift
    expect 0 "" eval "$@"
    mv out alone.txt
    expect_ranks "$ranks" 0 "" eval --threads 1 "$@"
    cmp alone.txt out >both 2>&1 || complain "$ranks ranks: digress eval $*: other results"
}
expect 0 "tree, 12 graphs" data tree -n 12 --out trees
expect_alike 3 --ref set --train set --valid sbm samples trees
expect_alike 2 --json --checkpoint alone --nll set --repeats 2
expect_ranks 2 0 "mmd" eval --csv --reference-cache kept --ref set samples
[ -s kept ] || complain "no cache of descriptors"
expect_alike 3 --csv --reference-cache kept --ref set samples

# A search tries the same, and finds the same; what it has tried, another number of ranks does not
# try again.
# without_times FILE: trials
without_times() {
    sed 's/,"seconds":[^,}]*//' "$1"
}
cp -r alone tuned
cp -r alone tuned-by-2
expect 0 "is sampled by the first" tune tuned -n 4 --steps 2 --most-steps 2
expect_ranks 2 0 "is sampled by the first" tune tuned-by-2 -n 4 --steps 2 --most-steps 2 --threads 1
without_times tuned/tune.jsonl >a
without_times tuned-by-2/tune.jsonl >b
cmp a b >both 2>&1 || complain "2 ranks have tried something else"
cp out table
cp tuned-by-2/tune.jsonl tried
expect_ranks 3 0 "is sampled by the first" tune tuned-by-2 -n 4 --steps 2 --most-steps 2 --resume
cmp out table >both 2>&1 || complain "3 ranks do not take over what 2 have tried"
cmp tuned-by-2/tune.jsonl tried >both 2>&1 || complain "3 ranks try again what 2 have tried"

# Files of molecules, and the targets that are computed of them.
printf 'CCO a\nC.C b\nC[N+](C)(C)C c\nC1CC d\nC[C@H](O)F e\nCC f\nC#N g\nc1ccccc1 h\nCO i\nCCC j\n' >m.smi
if "$program" --version | grep -q RDKit; then
    expect 0 "7 of 10 molecules kept" data import m.smi --out m --dropped list --target-computed logP,edges
    mkdir alone-m
    mv out m list alone-m
    expect_ranks 3 0 "7 of 10 molecules kept" data import m.smi --out m --dropped list --target-computed logP,edges
    for made in out m list; do
        diff -r "alone-m/$made" "$made" >both 2>&1 || complain "3 ranks: data import makes another $made"
    done
    expect_ranks 2 2 "m.smi:2: disconnected" data import m.smi --strict --out none
    expect_ranks 2 2 "exists already" data import m.smi --out m
    mkdir C N
    printf 'CCO\nCC\n' >C/m.smi
    printf 'CCO\nNN\n' >N/m.smi
    "$mpirun" -n 1 -wdir C "$program" data import m.smi --out m : \
        -n 1 -wdir N "$program" data import m.smi --out m >out 2>err
    [ $? -eq 2 ] && grep -q "the ranks do not match" err || complain "ranks mix files of molecules"
    expect_nothing C/m
fi
expect_ranks 2 2 "'data' works as one" data tree -n 12 --out none

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
expect_ranks 2 2 "nowhere" eval --ref set nowhere
expect_ranks 2 2 "go on with --resume" tune tuned
expect_ranks 2 2 "cannot share a standard input" eval --ref set -
expect_ranks 3 2 "nowhere/kept" eval --reference-cache nowhere/kept --ref set samples
# Files of one name, and different graphs in them.
mkdir 0 1
printf '0 1\n1 2\n' >0/path.edges
printf '0 1\n0 2\n1 2\n' >1/path.edges
"$mpirun" -n 1 -wdir 0 "$program" eval path.edges : -n 1 -wdir 1 "$program" eval path.edges >out 2>err
[ $? -eq 2 ] && grep -q "the ranks do not match: rank 1 has read 1 samples" err ||
    complain "ranks that read different graphs compare them"
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
