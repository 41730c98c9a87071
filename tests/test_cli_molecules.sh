#!/bin/sh
# Molecules as a user meets them: SMILES to a set, a model, samples and a table.
# Usage: test_cli_molecules.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

expect 0 "molecules, 200 graphs" data molecules -n 200 --out made
expect 0 "aromatic 0.0000" info made

small="model.n_layers=1 model.diffusion_steps=10 train.batch_size=64 train.max_steps=8 model.hidden_dims.dx=16
    model.hidden_dims.de=8 model.hidden_dims.dy=8 model.hidden_dims.n_head=2 general.sample_every_val=0"
printf 'general: {name: tiny}\n' >tiny.yaml
# The overrides are words.
# shellcheck disable=SC2086
expect 0 "parameters" train tiny.yaml $small dataset.path=made --out run
# shellcheck disable=SC2086
expect 0 "parameters" train tiny.yaml $small dataset.generate.kind=molecules \
    dataset.generate.graphs=100 model.molecular_features=none --out other
grep -q "max_weight: 0$" run/config.yaml && complain "the weight's scale is not kept"

# shellcheck disable=SC2086
expect 0 "parameters" train tiny.yaml $small dataset.path=made general.sample_every_val=1 \
    general.check_val_every_n_epochs=1 general.samples_to_generate=4 --out judged
if "$program" --version | grep -q "RDKit"; then
    grep -q "of the samples are valid molecules" err || complain "no validity in training"
    grep -q '"event":"molecules".*"validity":' judged/log.jsonl || complain "no validity in the log"
fi

if ! "$program" --version | grep -q "RDKit"; then
    echo "no RDKit: the rest is skipped"
    expect 2 "built without RDKit" data import some.smi --out set
    expect 2 "built without RDKit" sample run -n 2 --out s --format smiles
    expect 0 "molecules are compared as graphs only" eval made:test
    exit $failed
fi

printf 'CCO a\r\n# comment\r\n\r\nc1ccccc1 b\r\nCC\r\nCN\r\nC[NH3+]\r\nCCF\r\nnonsense\r\n' >some.smi
expect 0 "5 of 7 molecules kept; dropped: 1 unparsable, 1 charged" data import some.smi --out set
expect 0 "kind molecules" info set
expect 0 "6 of 7 molecules kept" data import some.smi --charges --out charged
expect 2 "some.smi:7: charged" data import some.smi --strict --out none
expect 2 "--atoms: 'Zz' is no atom" data import some.smi --atoms C,Zz --out none
expect 2 "--hydrogens: expected explicit or implicit, got 'none'" data import some.smi --hydrogens none --out none
expect 2 "--charges is for files of molecules" data import made --charges --out none
expect 2 "exists already: give --force" data import some.smi --out set
printf 'id,SMILES\n1,CC\n' >some.csv
expect 2 "some.csv:1: no column 'smile': expected one of the header's: id,SMILES" \
    data import some.csv --column smile --out none
expect 2 "too few to split" data import some.csv --out none
: >empty.smi
expect 2 "empty.smi: empty" data import empty.smi --out none
head -c 1000 "$program" >rubbish.smi
expect 2 "rubbish.smi: binary" data import rubbish.smi --out none
expect 2 "none.smi: cannot open" data import none.smi --out none
expect_nothing none

expect 0 "40 graphs in s; " sample run -n 40 --out s --format smiles,sdf,text,safetensors --svg
[ "$(cut -d' ' -f1 s/samples.smi | grep -c .)" -ge 40 ] || complain "a sample is missing"
for file in smi sdf svg txt safetensors; do
    [ -e s/samples.$file ] || complain "no s/samples.$file"
done
expect 2 "--format: more than 16 formats" sample run -n 1 --out t \
    --format smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles,smiles
expect 2 "format 'smile': expected" sample run -n 1 --out t --format smile
expect 0 "planar, 20" data planar -n 20 --out planar
# shellcheck disable=SC2086
expect 0 "parameters" train tiny.yaml $small train.max_steps=1 dataset.path=planar --out plain
expect 2 "the model: these graphs are no molecules" sample plain -n 1 --out t --format smiles
expect 2 "the model: these graphs are no molecules" sample plain -n 1 --out t --keep valid --valid molecule
expect 2 "none of the 3 graphs drawn is fit to keep" sample run -n 1 --max-tries 3 --out t --keep valid
expect_nothing t

expect 0 "relaxed valid" eval --ref made --train made s/samples.safetensors
expect 0 "MMD fingerprints" eval --kernels all --ref made --train made s/samples.txt made:val
expect 0 "relaxed valid" eval --atoms C,N,O,F s/samples.txt
expect 0 "valid unique novel" eval --ref made --train made made:val
expect 0 "internal diversity" eval --kernels all made:test
expect 0 "100.0 %" eval --ref made --train made s/samples.safetensors some.smi
grep -q "some.smi: 5 of 7 molecules could be read, and only they are judged; dropped: 1 unparsable, 1 charged" err ||
    complain "dropped SMILES are not told"
expect 0 "7 molecules, 6 of them as graphs, 1 unparsable" info some.smi
expect 2 "names 2 node classes: the graphs have" eval --atoms C,N made:test s/samples.txt
expect 0 '"relaxed_validity"' eval --json --ref made --train made s/samples.safetensors
for key in molecules validity uniqueness novelty mean_components per_graph_valid \
    per_graph_relaxed_valid per_graph_complaint per_graph_smiles distributions mae_to_train \
    property_distance internal_diversity fingerprint_mmd; do
    grep -q "\"$key\": " out || complain "no key $key in the JSON"
done
! grep -qi nan out || complain "a NaN in the JSON"
[ ! -s err ] || complain "--json says something"
cp out first
expect 0 '"molecules"' eval --json --threads 1 --ref made --train made s/samples.safetensors
cmp -s out first || complain "the numbers depend on the threads"

exit $failed
