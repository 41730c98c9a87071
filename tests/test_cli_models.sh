#!/bin/sh
# `digress export`, and the models that come with the program: found by name, and as good as their
# cards say. Usage: test_cli_models.sh PROGRAM SOURCE
set -u
source=$2
. "$(dirname "$0")/expect.sh"

# A model without what only its training needs draws what its checkpoint draws.
expect 0 "12 graphs" data community -n 12 --out set
expect 0 "the run is in run" train comm20-small dataset.path=set model.n_layers=1 model.diffusion_steps=4 \
    model.hidden_dims.dx=8 train.n_epochs=2 train.ema_decay=0.5 train.max_minutes=0 --out run
expect 2 "one CHECKPOINT" export --out a.safetensors
expect 2 "no --out FILE" export run
expect 2 "no checkpoint in it" export set --out a.safetensors
expect 0 "the average over the training's steps" export run --out a.safetensors
expect 2 "give --force" export run --out a.safetensors
expect 0 "parameters" export run --out a.safetensors --force
expect 2 "the checkpoint itself" export a.safetensors --out a.safetensors --force
expect 2 "is no model" export run --out set/train.safetensors --force
expect 0 "parameters" export a.safetensors --out b.safetensors
cmp -s a.safetensors b.safetensors || complain "an exported model is exported differently"
grep -q 'path: [^n]\|"exp_avg\|"ema\.' a.safetensors && complain "a path or the state of a training is exported"
expect 0 "checkpoint of" info a.safetensors
expect 0 "8 graphs" sample run -n 8 --out of-run --format graph6
expect 0 "8 graphs" sample a.safetensors -n 8 --out of-model --format graph6
diff -r of-run of-model >/dev/null || complain "an exported model draws other graphs"
expect 0 "the run is in again" train comm20-small dataset.path=set model.n_layers=1 model.diffusion_steps=4 \
    model.hidden_dims.dx=8 train.n_epochs=1 train.max_minutes=0 --init a.safetensors --out again

# By name.
expect 2 "nor a model of this name" sample no-such-thing --out none
expect 0 "" help --models
cp out names
while read -r name; do
    [ -s "$source/models/$name.md" ] || complain "models/$name has no card"
done <names
[ "$(wc -c "$source"/models/*.safetensors | tail -n 1 | awk '{print $1}')" -le 12000000 ] ||
    complain "the models take more than 12 MB"

# Far below what the cards say: these are few samples in few steps.
floor() { # NAME COUNT STEPS RULE LEAST: at least so many per cent of the samples are valid
    grep -qx "$1" names || return 0
    expect 0 "$2 graphs" sample "$1" -n "$2" --steps "$3" --seed 1 --out "$1" --format safetensors
    expect 0 "valid" eval "$1"/samples.safetensors --valid "$4"
    valid=$(sed -n 's/^\(molecules: \)\{0,1\}valid  *\([0-9]*\)\.[0-9] %.*/\2/p' out | tail -n 1)
    [ "${valid:-0}" -ge "$5" ] || complain "$1: ${valid:-no} % of the samples are valid, fewer than $5"
}
floor tree 8 60 tree 37
floor planar 8 100 planar 50
floor sbm 8 60 sbm 20
floor qm9 64 50 molecule 85
floor comm20 16 50 connected 60
# The samples of a model may lie in a folder of its name, which is then what the name means.
[ ! -d tree ] || expect 2 "not the model of this name that comes with digress" sample tree --out hidden
[ -s names ] || complain "no models come with the program"

exit "$failed"
