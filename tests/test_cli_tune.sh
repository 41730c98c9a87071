#!/bin/sh
# `digress tune` on a small model: its table, its record, and what `sample` and `info` make of it.
# Usage: test_cli_tune.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

expect 0 "12 graphs" data community -n 12 --out set
expect 0 "the run is in run" train comm20-small dataset.path=set model.n_layers=1 model.diffusion_steps=4 \
    model.hidden_dims.dx=8 train.n_epochs=2 general.check_val_every_n_epochs=1 train.max_minutes=0 --out run
cp run/checkpoints/best.safetensors before

expect 2 "one CHECKPOINT" tune
expect 2 "cannot read" tune nothing
expect 2 "no checkpoint in it" tune set
expect 2 "exclude each other" tune run --resume --force
expect 2 "--count" tune run -n 1
expect 2 "nothing: cannot read" tune run --val nothing

expect 0 "dry-run" tune run -n 4 --steps 3 --most-steps 5 --dry-run
cmp -s before run/checkpoints/best.safetensors || complain "--dry-run wrote the checkpoint"
[ "$(wc -l <run/tune.jsonl)" -eq 36 ] || complain "not a line, and one for each of 35 candidates"
head -n 1 out | grep -q "^sampler *steps *eta *omega *distortion *V.U.N. % *ratio *s/graph$" || complain "no heading"
[ -z "$(awk 'length > 80' out)" ] || complain "a table wider than 80 columns"
expect 2 "--resume" tune run -n 4 --steps 3 --most-steps 5
expect 2 "not the ones asked for" tune run -n 5 --steps 3 --most-steps 5 --resume
expect 0 "from now on" tune run -n 4 --steps 3 --most-steps 5 --resume
[ "$(wc -l <run/tune.jsonl)" -eq 36 ] || complain "what was tried was tried again"

# The first row is what is drawn by from now on.
set -- $(sed -n 2p out)
expect 0 "sampling      $1, $2 steps" info run/checkpoints/best.safetensors
expect 0 "\"sample.sampler\": \"$1\"" info --json run/checkpoints/best.safetensors
expect 0 "3 graphs" sample run -n 3 --out tuned --format graph6
expect 0 "3 graphs" sample before -n 3 --out same --format graph6 --sampler "$1" --steps "$2" --eta "$3" \
    --omega "$4" --distortion "$5"
diff -r tuned same >/dev/null || complain "the checkpoint does not sample by what was chosen"
expect 0 "epoch" train --resume run train.n_epochs=3

# A stop keeps what was tried.
"$program" tune before --val set --train set -n 5000 >out 2>err &
process=$!
until [ "$(cat before.tune.jsonl 2>/dev/null | wc -l)" -gt 1 ] || ! kill -0 $process 2>/dev/null; do sleep 0.05; done
kill -TERM $process
wait $process
status=$?
[ $status -eq 143 ] || complain "exit status $status, not 143"
grep -q "candidates have been tried and are in before.tune.jsonl (go on with --resume)" err || complain "no way on"

exit "$failed"
