#!/bin/sh
# What `digress info` tells: as tables, and as one JSON object for each kind of thing.
# Usage: test_cli_info.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

# expect_object WHAT KEYS ARGUMENT...: one JSON object of this kind, with these keys, and nothing else.
expect_object() {
    what=$1 keys=$2
    shift 2
    expect 0 "\"what\": \"$what\"" info --json "$@"
    [ "$(head -n 1 out)$(tail -n 1 out)" = "{}" ] || complain "info --json $*: more than an object"
    ! grep -qiw "nan\|inf" out || complain "info --json $*: not a number"
    for key in $keys; do
        grep -q "\"$key\": " out || complain "info --json $*: no $key in it"
    done
}

expect 0 "community, 12 graphs" data community -n 12 --out set
expect_object set "path name kind valid_rule parts train val test graphs n_min n_mean n_max edges_mean \
    density connected valid judged node_classes edge_classes share" set
grep -q '"kind": "community"' out || complain "another kind"
grep -q '"graphs": 8' out || complain "not the 8 graphs to train on"
expect_object set "all graphs" set:val
grep -q '"name": null' out || complain "a name of loose graphs"
expect 2 "nothing: cannot read" info --json nothing
expect 2 "there is neither such a file nor a config of this name; did you mean 'comm20-small'?" info comm20-smal
expect 2 "a/nothing: cannot read: No such file" info a/nothing
printf '0 1\n1 2\n' >path.edges
"$program" info - <path.edges >out 2>err || complain "info -"
grep -q "^all             1      3" out || complain "info - reads something else"

expect 0 "the run is in run" train comm20-small dataset.path=set model.n_layers=1 model.diffusion_steps=2 \
    train.n_epochs=4 general.check_val_every_n_epochs=2 train.max_minutes=0 --out run
expect_object run "path name config log checkpoints last best step epoch validation best_validation \
    train.n_epochs model.hidden_dims.dx" run
grep -q '"model.lambda_train": \[' out || complain "a list is no list"
expect 0 "best validation" info run
grep -q '^ *epoch *step *minutes$' out || complain "no table of the run"
grep -qE '^last epoch +4 +[0-9]+ +[0-9.]+  loss [0-9.]+$' out || complain "no row of the last epoch"
grep -qE '^last checkpoint +[0-9]+ +run/checkpoints/last.safetensors$' out || complain "no row of the checkpoint"
[ -z "$(awk 'length > 80' out)" ] || complain "longer than 80 columns"
printf '{"event":"st' >>run/log.jsonl
expect 0 "last epoch" info run
: >run/log.jsonl
expect 0 "nothing has been trained yet" info run
expect_object run "log checkpoints" run
for entry in '1,"step":4,"minutes":1,"nll":7' '2,"step":8,"minutes":2,"nll":5' '3,"step":12,"minutes":3,"nll":6'; do
    printf '{"event":"validation","epoch":%s}\n' "$entry" >>run/log.jsonl
done
expect 0 "bound 6" info run
grep -qE '^best validation +2 +8 +2.0  bound 5$' out || complain "the best validation is another"

expect_object checkpoint "path name kind config parameters averaged step epoch best_bound n_max n_mean \
    edges_mean node_classes edge_classes" run/checkpoints/last.safetensors
expect_object config "path name config backend precision parameters graphs n_max threads bytes_to_train \
    bytes_to_sample" comm20-small dataset.path=set model.n_layers=1
grep -q '"model.n_layers": 1' out || complain "key=value is not in the config"

printf 'CCO\nCC\nC[N+](C)(C)C\nno molecule\n' >molecules.smi
if "$program" --version | grep -q RDKit; then
    expect 0 "4 molecules, 3 of them as graphs, 1 unparsable" info molecules.smi
    expect_object molecules "read kept dropped unparsable parts node_classes" molecules.smi
    grep -q '"read": 4' out || complain "not every molecule was read"
fi

exit "$failed"
