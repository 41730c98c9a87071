#!/bin/sh
# Training and sampling as a user meets them.
# Usage: test_cli_train.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

cat >tiny.yaml <<'EOF'
general: {name: tiny, check_val_every_n_epochs: 2, sample_every_val: 0}
train: {n_epochs: 2, batch_size: 8, threads: 2}
model:
    diffusion_steps: 10
    n_layers: 1
    hidden_mlp_dims: {X: 8, E: 8, y: 8}
    hidden_dims: {dx: 8, de: 8, dy: 8, n_head: 2, dim_ffX: 8, dim_ffE: 8, dim_ffy: 8}
EOF
printf 'model:\n  n_layer: 3\n' >typo.yaml
printf 'model: [\n' >broken.yaml

expect 0 "community, 25 graphs" data community -n 25 --out set
expect 0 "community, 25 graphs" data community -n 25 --seed 1 --out other-set
cmp -s set/train.safetensors other-set/train.safetensors && complain "data: the seed changes nothing"
expect 2 "no config given" train
expect 2 "set: a folder: expected a config file" train set
expect 2 "missing.yaml: cannot read" train missing.yaml
expect 2 "typo.yaml:2: unknown key 'model.n_layer'; did you mean 'model.n_layers'?" train typo.yaml
expect 2 "broken.yaml:2: not YAML" train broken.yaml
expect 2 "command line: train.lr: expected a number, got 'fast'" train tiny.yaml train.lr=fast
expect 2 "model.rrwp_steps: expected a whole number from 1 to 64" train tiny.yaml model.rrwp_steps=1000
expect 2 "dataset" train tiny.yaml --out run
expect 2 "nowhere: cannot read" train tiny.yaml dataset.path=nowhere --out run
expect 2 "no run to resume" train --resume run
expect 2 "folder is empty" train tiny.yaml dataset.path=set --out ""
expect_nothing run
expect_nothing runs

expect 0 "the run is in run" train tiny.yaml dataset.path=set --out run
expect 2 "--force" train tiny.yaml dataset.path=set --out run
expect 0 "run" train --resume run train.n_epochs=3
expect 0 "nothing is left to train" train --resume run
# A key that an earlier version did not write changes nothing; a key that was changed is said.
mv run/config.yaml whole.yaml
grep -v pictures: whole.yaml >run/config.yaml
expect 0 "nothing is left to train" train --resume run
grep -q "differs from what" err && complain "a config without a key that has its default differs"
sed 's/ lr: .*/ lr: 0.5/' whole.yaml >run/config.yaml
expect 0 "differs from what the checkpoint was trained with" train --resume run
mv whole.yaml run/config.yaml
expect 2 "a resumed run can change only" train --resume run train.lr=1
expect 0 "the run is in other" train tiny.yaml dataset.path=set --init run --out other
expect 2 "give the dims" train tiny.yaml dataset.path=set --init run --out none model.hidden_dims.de=16
expect 2 "its model.diagonal is not the config's" train tiny.yaml dataset.path=set --init run --out none model.diagonal=no_edge
expect 0 "tiny" info run
expect 0 "diffusion" info run/checkpoints/last.safetensors
expect 1 "training diverged" train tiny.yaml dataset.path=set train.lr=1e30 train.n_epochs=50 --out wild
expect 0 "tiny" info wild/checkpoints/last.safetensors

# The continuous mode by one line of the config.
expect 0 "a continuous model has none, 'all' is not computed" train tiny.yaml dataset.path=set \
    model.type=continuous model.diffusion_steps=40 --out real
expect 0 "eps predicted" info real/checkpoints/last.safetensors
expect 2 "is too much for 10 diffusion steps" train tiny.yaml dataset.path=set model.type=continuous --out none
expect 2 "expected eps | x0 | v" train tiny.yaml dataset.path=set model.prediction=x --out none
expect 2 "model.eta: it belongs to model.type continuous" train tiny.yaml dataset.path=set model.eta=0 --out none
expect 0 "6 graphs" sample real -n 6 --out real-ddpm --seed 3
expect 0 "6 graphs" sample real -n 6 --out real-ddim --seed 3 --eta 0 --steps 20
expect 2 "eta: 1.5, but for the sampler posterior it is a share, from 0 to 1" sample run -n 6 --eta 1.5 --out none
expect 2 "eta: expected a number from 0 to 1" sample real -n 6 --eta 2 --out none
expect 2 "model.eta: expected a number from 0 to 1" sample real -n 6 --eta -1 --out none
expect 0 "without the volume of the normalisation" eval --checkpoint real --nll set
expect 0 "the run is in real" train --resume real train.n_epochs=3
expect 2 "4000000000 samples: that takes about" sample run -n 4000000000 --out none
expect_nothing none

# Without spectra no OpenBLAS buffer is needed, which would be 129 MB a thread.
if (ulimit -v 1500000 && "$program" --version) >/dev/null 2>&1; then # room for the program
    for features in null cycles; do
        (ulimit -v 1500000 && exec "$program" train tiny.yaml dataset.path=set train.threads=16 \
            model.extra_features=$features --out $features) >out 2>err </dev/null ||
            complain "no training under a limit on address space: $features"
    done
fi

# A signal: the step is finished and saved, and the run goes on from there.
for signal in INT TERM; do
    rm -rf stopped
    "$program" train tiny.yaml dataset.path=set train.n_epochs=1000000 --out stopped >out 2>err &
    while [ ! -e stopped/checkpoints/last.safetensors ] && kill -0 $!; do sleep 0.05; done
    kill -$signal $!
    wait $!
    got=$?
    [ $got -eq "$([ $signal = INT ] && echo 130 || echo 143)" ] || complain "SIG$signal: status $got"
    grep -q -e "--resume stopped" err || complain "SIG$signal: does not say how to go on"
done

# Samples: every format, read back; the same for all threads and batches.
for format in edgelist graph6 graphml tu safetensors; do
    expect 0 "6 graphs" sample run -n 6 --format $format --out in-$format --seed 3
    expect 0 "6" info in-$format
done
expect 0 "6 graphs" sample run -n 6 --out again --seed 3 --threads 1 --batch 1
diff -r in-edgelist again >out || complain "samples depend on threads or batch"
expect 0 "6 graphs" sample run -n 6 --out by-native --backend native --seed 3
expect 0 "6 graphs" sample run -n 6 --out in-bf16 --precision bf16 --seed 3
expect 0 "no bf16 here: the native kernels multiply in f32 only; using f32" sample run -n 6 --out in-f32 \
    --backend native --precision bf16 --seed 3
diff -r by-native in-f32 >out || complain "the fallback is not float32"
expect 2 "backend: expected auto | native | onednn | openblas, got 'mkl'" sample run -n 1 --backend mkl --out none
expect 2 "precision: expected f32 | bf16, got 'f64'" sample run -n 1 --precision f64 --out none
expect 0 "to train      about" info tiny.yaml dataset.path=set
expect 2 "nothing to train on" info tiny.yaml
expect 2 "unknown key 'model.n_layer'" info typo.yaml
expect 0 "the run is in halves" train tiny.yaml dataset.path=set train.precision=bf16 --out halves
expect 0 "6 graphs" sample run -n 6 --out sized --nodes 1:2 --steps 3
expect 0 "graphs" sample run -n 2 --out chained --chain 1
[ -n "$(ls chained/chains)" ] || complain "no chain"
expect 0 "unique" sample run -n 6 --out kept --keep valid,unique,novel
expect 0 "wanted were found" sample run -n 20 --out few --keep unique --nodes 2 --max-tries 1
expect 2 "nothing was written" sample run -n 3 --out none --keep valid --valid grid --nodes 3
expect 2 "--keep: expected valid, unique, novel" sample run -n 1 --out none --keep nice
expect 2 "--max-tries has no use without --keep" sample run -n 1 --out none --max-tries 2
expect 2 "--force" sample run -n 1 --out again
expect 2 "--steps" sample run -n 1 --steps 1000001 --out none
expect 2 "--nodes" sample run -n 1 --nodes 3:x --out none
expect 2 "format" sample run -n 1 --format edgelists --out none
expect 2 "set: no checkpoint in it" sample set -n 1 --out none
expect 2 "not a" sample tiny.yaml -n 1 --out none
expect 2 "set/train.safetensors" sample set/train.safetensors -n 1 --out none
head -c 2000 run/checkpoints/last.safetensors >cut.safetensors
expect 2 "cut off" sample cut.safetensors -n 1 --out none
expect 2 "cannot make the folder" sample run -n 1 --out tiny.yaml/none
mkdir small
(ulimit -f 0 && "$program" sample run -n 1 --out small/none >out 2>err </dev/null)
[ $? -eq 2 ] || complain "a full disk was not noticed"
[ -z "$(ls -A small)" ] || complain "a full disk left something: $(ls -A small)"
expect_nothing none

# With stderr closed, what is said there does not land in a file of the run.
"$program" train tiny.yaml dataset.path=set --out silent >out 2>&- </dev/null
[ $? -eq 0 ] || complain "a training with stderr closed failed"
[ "$(grep -vc '^{' silent/log.jsonl)" -eq 0 ] || complain "what was said is in log.jsonl"
# A killed training or sampling leaves half a file there.
printf 'half' >in-edgelist/000001.edges.tmp-99999999-0
expect 0 "test set" eval --ref set in-edgelist
expect 0 "6 graphs" sample run -n 6 --out in-edgelist --force

expect 0 "test set" eval --ref set --train set in-edgelist in-graph6
expect 0 "negative log-likelihood" eval --checkpoint run/checkpoints/last.safetensors --nll set
awk '/negative/ { nll = $(NF - 1) } /^  / && !/without/ { sum += $(NF - 1) }
    END { exit !(nll > 0 && (nll - sum) ^ 2 < 1e-5) }' out || complain "eval --nll: its terms do not sum up"
expect 0 "negative log-likelihood" eval --checkpoint run --nll set --precision bf16
expect 2 "nowhere" eval --ref nowhere in-edgelist

exit "$failed"
