#!/bin/sh
# --force never deletes what digress did not make, nor what the same command reads.
# Usage: test_cli_force.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

cat >tiny.yaml <<'END'
general: {name: tiny, sample_every_val: 0}
train: {n_epochs: 1, batch_size: 8, threads: 1}
model:
    diffusion_steps: 2
    n_layers: 1
    hidden_mlp_dims: {X: 8, E: 8, y: 8}
    hidden_dims: {dx: 8, de: 8, dy: 8, n_head: 2, dim_ffX: 8, dim_ffE: 8, dim_ffy: 8}
END

# refused FOLDER TEXT ARGUMENT...: the command says TEXT, and the folder is as it was.
refused() {
    kept=$1 text=$2
    shift 2
    cp -a "$kept" before
    expect 2 "$text" "$@"
    diff -r "$kept" before >out || complain "digress $*: $kept has changed"
    rm -rf before
    [ -z "$(ls -d ./*.tmp-* 2>/dev/null)" ] || complain "digress $*: a temporary folder was left"
}

# Sets: from graphs of the user's own, which are the input, or lie in the way, or are linked to.
mkdir my-graphs
for n in 000003 000004 000005 000006 000007; do printf '# nodes %s\n0 1\n' $n >my-graphs/$n.edges; done
refused my-graphs "edges in it was not made by digress" data import my-graphs --out my-graphs --force
refused my-graphs "edges in it was not made by digress" data import my-graphs/000003.edges --out my-graphs
refused my-graphs "edges in it was not made by digress" data tree -n 9 --out my-graphs --force
expect 0 "tree" data tree -n 9 --out set
expect 0 "tree" data tree -n 9 --out set --force
refused set "it holds the input, set/train.safetensors" data import set/train.safetensors --out set --force
refused set "it holds the input, set:train" data import --train set:train --val set:val --test my-graphs --out set --force
refused set "it holds the input, ./my-graphs/../set" data import ./my-graphs/../set --out set --force
mkdir links
for part in train val test; do ln -s ../set/$part.safetensors links/; done
refused set "it holds the input, links" data import links --out set --force
ln -s set to-set
refused set "it is a symbolic link" data tree -n 9 --out to-set --force
echo mine >set/notes.txt
refused set "notes.txt in it was not made by digress" data tree -n 9 --out set --force
rm set/notes.txt set/.digress # by an older digress
expect 0 "tree" data tree -n 9 --out set --force
echo mine >file
refused file "it is not a folder" data tree -n 9 --out file --force

# Runs.
expect 0 "the run is in run" train tiny.yaml dataset.path=set --out run
refused my-graphs "edges in it was not made by digress" train tiny.yaml dataset.path=set --out my-graphs --force
refused set "digress's 'set', not 'run'" train tiny.yaml dataset.path=set --out set --force
refused run "it holds the input, run/config.yaml" train run/config.yaml --out run --force
refused run "it holds the input, run" train tiny.yaml dataset.path=set --init run --out run --force
cp my-graphs/*.edges run
refused run "it holds the input, run" train tiny.yaml dataset.path=run --out run --force
mkdir run/samples/mine
refused run "samples/mine/ in it was not made by digress" train tiny.yaml dataset.path=set --out run --force
rmdir run/samples/mine
rm -f run/.digress # by an older digress
expect 0 "the run is in run" train tiny.yaml dataset.path=set --out run --force
[ -e run/000003.edges ] || complain "training has removed a file beside the run"
mkdir project
cp tiny.yaml project/config.yaml
refused project "config.yaml" train tiny.yaml dataset.path=set --out project --force
# One that was killed before its config was written.
mkdir killed killed/checkpoints
echo run >killed/.digress
expect 0 "the run is in killed" train tiny.yaml dataset.path=set --out killed --force

# Samples.
formats=$("$program" help sample | sed -n 's/.*--format \([a-z0-9,]*\),smiles,.*/\1/p') # all of graphs
[ -n "$formats" ] || complain "help sample lists no formats"
refused run "digress's 'run', not 'samples'" sample run -n 2 --out run --force
refused run "in it was not made by digress" sample run -n 2 --out run/checkpoints --force
refused set "digress's 'set', not 'samples'" sample run -n 2 --out set --force
refused my-graphs "edges in it was not made by digress, as far as can be told (there is no file .digress)" sample run -n 2 --out my-graphs --force
expect 0 "2 graphs" sample run -n 2 --out samples --format $formats --chain 1
expect 0 "2 graphs" sample run -n 2 --out samples --format $formats --chain 1 --force
refused samples "it holds the input, samples/samples.g6" sample run -n 2 --out samples --keep novel --train samples/samples.g6 --force
refused samples "digress's 'samples', not 'set'" data tree -n 9 --out samples --force
echo "3 1" >samples/sizes
refused samples "sizes in it was not made by digress" sample run -n 2 --out samples --nodes samples/sizes --force
mv samples/sizes samples/chains/000000/000000.edges.mine
refused samples "chains/000000/000000.edges.mine in it" sample run -n 2 --out samples --force
rm samples/chains/000000/000000.edges.mine
echo mine >samples.partial
refused samples.partial "--force does not replace it" sample run -n 2 --out samples --force
rm samples.partial
expect 0 "2 graphs" sample run -n 2 --out samples --force

exit "$failed"
