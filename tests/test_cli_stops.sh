#!/bin/sh
# Signals, lost terminals, locks, full disks and damaged weights, as a user meets them.
# Usage: test_cli_stops.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

cat >tiny.yaml <<'EOT'
general: {name: tiny, check_val_every_n_epochs: 2, sample_every_val: 0}
train: {n_epochs: 2, batch_size: 8, threads: 2}
model:
    diffusion_steps: 10
    n_layers: 1
    extra_features: null
    hidden_mlp_dims: {X: 8, E: 8, y: 8}
    hidden_dims: {dx: 8, de: 8, dy: 8, n_head: 2, dim_ffX: 8, dim_ffE: 8, dim_ffy: 8}
EOT

# wait_for FILE PROCESS: until the file is there, or the process is not.
wait_for() {
    while [ ! -e "$1" ] && kill -0 "$2" 2>/dev/null; do sleep 0.05; done
}

# ended PROCESS STATUS WHAT: its exit status.
ended() {
    wait "$1"
    got=$?
    [ $got -eq "$2" ] || complain "$3: status $got, expected $2"
}

expect 0 "community, 25 graphs" data community -n 25 --out set

# SIGHUP saves; the run is locked meanwhile, but may be looked at and sampled from.
"$program" train tiny.yaml dataset.path=set train.n_epochs=1000000 --out run >out 2>err &
process=$!
wait_for run/checkpoints/last.safetensors $process
cp out kept-out; cp err kept-err
expect 2 "this run is being trained by process $process on " train --resume run
expect 2 "this run is being trained by process $process on " train tiny.yaml dataset.path=set --out run --force
expect 0 "run of 'tiny'" info run
expect 0 "2 graphs" sample run -n 2 --out from-a-live-run
kill -HUP $process
ended $process 129 "SIGHUP"
[ ! -e run/lock ] || complain "the lock was left"
mkdir elsewhere
(cd elsewhere && "$program" train --resume ../run train.n_epochs=1 >../out 2>../err </dev/null) ||
    complain "--resume does not work from another folder"

# A batch system may send its signal more than once: the first one saves, the others change nothing.
"$program" train tiny.yaml dataset.path=set train.n_epochs=1000000 --out twice >out 2>err &
process=$!
wait_for twice/checkpoints/last.safetensors $process
while kill -TERM $process 2>/dev/null; do :; done
ended $process 143 "SIGTERM again and again"
[ ! -e twice/lock ] || complain "a second SIGTERM does not let it save"

# A lost reader of what is printed costs nothing.
(trap '' PIPE; exec "$program" train tiny.yaml dataset.path=set train.n_epochs=1000000 \
    general.check_val_every_n_epochs=1 --out piped 2>&1) | head -n 1 >out &
wait_for piped/checkpoints/best.safetensors $!
while [ ! -s piped/lock ]; do sleep 0.05; done
process=$(sed 's/process \([0-9]*\) on .*/\1/' piped/lock)
kill -INT "$process"
while [ -e piped/lock ]; do sleep 0.05; done
expect 0 "the run is in piped" train --resume piped train.n_epochs=1

# A kill leaves the lock's file, but no lock.
"$program" train tiny.yaml dataset.path=set train.n_epochs=1000000 --out killed >out 2>err &
process=$!
wait_for killed/checkpoints/last.safetensors $process
kill -KILL $process
wait $process 2>/dev/null
[ -e killed/lock ] || complain "no lock file to test with"
expect 0 "the run is in killed" train --resume killed train.n_epochs=1

# stop_in_time SIGNAL TEXT ARGUMENT...: signals ever later, until the program is under way and
# answers. Sets `got`.
stop_in_time() {
    signal=$1 text=$2
    shift 2
    for seconds in 0.2 1 5 20; do
        "$program" "$@" >out 2>err &
        process=$!
        sleep $seconds
        kill -$signal $process
        wait $process 2>/dev/null
        got=$?
        if grep -q -e "$text" err; then return; fi
    done
    complain "digress $*: SIG$signal: no '$text' in:"
}

# Generating stops too, keeps what is made, and goes on with it.
stop_in_time TERM "of 200000 graphs are finished and kept in made.partial" data sbm -n 200000 --seed 3 --out made
[ $got -eq 143 ] || complain "data: SIGTERM: status $got"
expect_nothing made
count=$(sed -n 's/.*; \([0-9]*\) of 200000 graphs .*/\1/p' err)
expect 2 "draw the rest with --resume, or start over with --force" data sbm -n 60 --seed 3 --out made
expect 2 "give the same options to go on" data sbm -n 60 --seed 4 --out made --resume
expect 2 "give the same options to go on" data er -n 60 --seed 3 --out made --resume
expect 0 "$count graphs have been drawn already" data sbm -n $((count + 20)) --seed 3 --name s --out made --resume
expect_nothing made.partial
expect 0 "$((count + 20)) graphs" data sbm -n $((count + 20)) --seed 3 --name s --out made-at-once
diff -r made made-at-once >out || complain "the rest of a stopped generation differs"
expect 0 "nothing has been drawn so far" data tree -n 9 --out nothing-made-yet --resume
(trap '' XFSZ && ulimit -f 8 && "$program" data sbm -n 200 --out full-set >out 2>err </dev/null)
[ $? -eq 2 ] || complain "data: a full disk was not noticed"
grep -q "200 finished graphs are lost" err || complain "data: a full disk: what is lost is not said"
expect_nothing full-set

# Reading stops, and has written nothing. The signal comes while a file is waited for.
# stop_reading SIGNAL STATUS TEXT ARGUMENT...: one of them is the pipe.g6.
mkfifo pipe.g6
stop_reading() {
    signal=$1 status=$2 text=$3
    shift 3
    "$program" "$@" >out 2>err &
    process=$!
    exec 3>pipe.g6 # waits for its reader
    kill -$signal $process
    echo 'FI?GW' >&3
    exec 3>&-
    ended $process "$status" "$1: SIG$signal while reading"
    grep -q -e "$text" err || complain "$1: SIG$signal while reading: no '$text' in:"
}
stop_reading TERM 143 "stopped by SIGTERM: nothing was written; the same command makes the same set" \
    data import pipe.g6 --out none
stop_reading HUP 129 "stopped by SIGHUP before the training began: nothing was written" train --data pipe.g6 --out none
stop_reading HUP 129 "stopped by SIGHUP before the training began" train tiny.yaml --data pipe.g6 --out none
stop_reading INT 130 "stopped by SIGINT" eval pipe.g6 --ref set
stop_reading INT 130 "stopped by SIGINT" sample run -n 2 --keep novel --train pipe.g6 --out none
if "$program" --version | grep -q "RDKit"; then
    awk 'BEGIN { for (k = 0; k < 200000; k++) print "CC(=O)Oc1ccccc1C(=O)O" }' >many.smi
    stop_in_time TERM "nothing was written; the same command makes the same set" \
        data import many.smi --dropped dropped --out none
    expect_nothing dropped
fi
stop_in_time HUP "before the training began" train tiny.yaml dataset.generate.kind=sbm \
    dataset.generate.graphs=200000 --out none
[ $got -eq 129 ] || complain "train: SIGHUP while generating: status $got"
expect_nothing none

# Samples: what is finished is kept, and the rest is drawn.
for signal in INT TERM HUP; do
    for seconds in 0.2 0.5 1 2 4 8 16; do # until a graph is finished before the signal comes
        rm -rf some some.partial
        "$program" sample run -n 200000 --batch 4 --seed 3 --out some >out 2>err &
        process=$!
        while [ -z "$(ls -d some.tmp* 2>/dev/null)" ] && kill -0 $process; do sleep 0.05; done
        sleep $seconds
        kill -$signal $process
        case $signal in INT) status=130 ;; TERM) status=143 ;; HUP) status=129 ;; esac
        ended $process $status "sample: SIG$signal"
        [ ! -e some.partial ] || break
    done
done
expect_nothing some
[ -z "$(ls -d some.tmp* 2>/dev/null)" ] || complain "sample: a temporary folder was left"
grep -q "of 200000 graphs are finished and kept in some.partial" err || complain "sample: what was kept is not said"
expect 0 "a set of graphs" info some.partial
expect 2 "draw the rest with --resume, or start over with --force" sample run -n 60 --seed 3 --out some
expect 2 "give the same options to go on" sample run -n 60 --seed 4 --out some --resume
expect 0 "have been drawn already" sample run -n 60 --seed 3 --out some --resume
expect_nothing some.partial
expect 0 "60 graphs" sample run -n 60 --seed 3 --out whole
diff -r some whole >out || complain "the rest of a stopped sampling differs"
expect 0 "nothing has been drawn so far" sample run -n 2 --out nothing-yet --resume

# A disk that takes a small file, but not a larger one.
(trap '' XFSZ && ulimit -f 8 && "$program" sample run -n 200 --out full --format text,graph6 >out 2>err </dev/null)
[ $? -eq 2 ] || complain "sample: a full disk was not noticed"
if grep -q "kept in full.partial" err; then
    expect 0 "have been drawn already" sample run -n 200 --out full --format text,graph6 --resume
else
    grep -q "finished graphs are lost" err || complain "sample: a full disk: what is lost is not said"
fi

# Weights that are no numbers.
cat >nan.py <<'EOT'
import json, struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
size = struct.unpack("<Q", data[:8])[0]
first, end = json.loads(data[8:8 + size])["model.mlp_out_E.2.bias"]["data_offsets"]
data[8 + size + first:8 + size + first + 4] = struct.pack("<f", float("nan"))
open(sys.argv[2], "wb").write(data)
EOT
if command -v python3 >/dev/null; then
    python3 nan.py run/checkpoints/last.safetensors nan.safetensors
    expect 1 "nan.safetensors: the weights are not all finite numbers: the first tensor with one that is not is 'model.mlp_out_E.2.bias'" \
        sample nan.safetensors -n 2 --out none
    expect 1 "'model.mlp_out_E.2.bias'" eval --checkpoint nan.safetensors --nll set
    expect 1 "'model.mlp_out_E.2.bias'" train tiny.yaml dataset.path=set --init nan.safetensors --out none
fi

# What has no effect, and what is too large.
expect 2 "model.lambda_train" train tiny.yaml dataset.path=set "model.lambda_train=[5,1]" --out none
expect 2 "sizes from 1 to 32768" sample run -n 1 --nodes 65535 --out none
expect_nothing none

exit "$failed"
