#!/bin/sh
# Full atoms as a user meets them: classes that say their hydrogens, from SMILES to a table.
# Usage: test_cli_full_atoms.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

if ! "$program" --version | grep -q "RDKit"; then
    echo "no RDKit: skipped"
    exit 0
fi

printf 'c1cc[nH]c1 pyrrole\nCn1ccnc1\nC[NH3+]\nCC(=O)[O-]\nCO\nCCO\nC[CH2] radical\n[Na+].[Cl-]\nCN\nCC\n' >some.smi
expect 0 "8 of 10 molecules kept; dropped: 1 disconnected, 1 radical" \
    data import some.smi --atoms-as full --dropped dropped.tsv --out full
grep -q "	7	radical	radical$" dropped.tsv || complain "$(cat dropped.tsv)"
expect 0 "6 of 10 molecules kept; dropped: 1 disconnected, 1 radical, 2 charged" \
    data import some.smi --atoms-as element --out element
expect 0 "8 of 10 molecules kept" data import some.smi --atoms-as charge --out charge
expect 0 "8 of 10 molecules kept" data import some.smi --charges --out charges
for part in train val test; do
    cmp -s charge/$part.safetensors charges/$part.safetensors || complain "--charges is another $part"
done
expect 0 "7 of 10 molecules kept; dropped: 1 disconnected, 1 radical, 1 changed as graphs" \
    data import some.smi --charges --bonds aromatic --out aromatic
expect 2 "--atoms-as: expected element, charge or full, got 'fully'" data import some.smi --atoms-as fully --out none
expect 2 "--charges means --atoms-as charge" data import some.smi --atoms-as full --charges --out none
expect 2 "--bonds kekule: with --atoms-as full" data import some.smi --atoms-as full --bonds kekule --out none
expect 2 "'C' does not say its hydrogens" data import some.smi --atoms-as full --atoms C,N,O --out none
expect 2 "'[CH3]' says its hydrogens" data import some.smi --atoms '[CH3],C' --out none
expect 2 "--atoms-as is for files of molecules" data import full --atoms-as full --out none
expect_nothing none

# Each molecule is valid, and known, whatever says so.
cp some.smi all.smi
parts="--train all.smi --val all.smi --test all.smi"
# shellcheck disable=SC2086
expect 0 "24 of 30" data import $parts --atoms-as full --out all
# shellcheck disable=SC2086
expect 0 "24 of 30" data import $parts --atoms-as charge --out plain
expect 0 "node classes  11: [C] 0.0385, [CH2] 0.0385, [CH3] 0.3077, [cH] 0.2692, [NH2]" info all
expect 0 "100.0% [63.1, 100.0]" info all
# expect_known ARGUMENT...: eval finds nothing new.
expect_known() {
    expect 0 "novel of these" eval "$@"
    grep -q "novel of these .* 0\.0 % (" out || complain "eval $*: something is novel"
}
expect_known --ref all --train all all:test
expect_known --ref all.smi --train all.smi all:test
! grep -q "do not say" err || complain "samples lose what a file of molecules would say"
expect_known --ref plain --train plain all:test
grep -q "all:test: the atoms of its valid molecules do not say their hydrogens" err || complain "$(cat err)"
expect_known --ref all --train all plain:test
grep -q "plain:test: the atoms of its valid molecules say their hydrogens" err || complain "$(cat err)"
expect_known --ref plain --train all all:test
grep -q "plain: the atoms of its valid molecules say their hydrogens" err || complain "$(cat err)"
! grep -q "lacks" err || complain "two forms are compared: $(cat err)"
grep -v -e radical -e Na some.smi >valid.smi
expect_known --ref all --train all valid.smi

# A model of them: what it writes, keeps, and finds new.
small="model.n_layers=1 model.diffusion_steps=10 train.batch_size=64 train.max_steps=150 train.lr=0.01
    model.hidden_dims.dx=16 model.hidden_dims.de=8 model.hidden_dims.dy=8 model.hidden_dims.n_head=2
    general.sample_every_val=0"
printf 'general: {name: tiny}\n' >tiny.yaml
printf 'CO\nCN\nCC\nCF\nC=O\nC#N\nCO\nCN\nCC\nCC\n' >two.smi
expect 0 "10 of 10" data import two.smi --atoms-as full --out two
# shellcheck disable=SC2086
expect 0 "parameters" train tiny.yaml $small dataset.path=two --out run
expect 0 "60 graphs in s" sample run -n 60 --out s --format smiles,sdf,safetensors,text --svg
expect 0 "validity" eval --json s/samples.safetensors
validity=$(grep -o '"validity": [0-9.e-]*' out)
case $validity in *": 0.0" | *": 1.0") complain "no test of validity: $validity" ;; esac
for format in smi sdf; do
    expect 0 "$validity" eval --json s/samples.$format
done
expect 0 "$validity" eval --json --atoms '[CH],[CH2],[CH3],[N],[NH2],[O],[OH],[F]' s/samples.txt
for format in edgelist graphml tu; do
    expect 0 "60 graphs in $format" sample run -n 60 --out $format --format $format
    expect 0 "$validity" eval --json $format
done
expect 0 "5 graphs in u" sample run -n 5 --keep valid,unique --max-tries 2000 --out u --format smiles,safetensors
expect 0 "unique            100.0 %" eval u/samples.safetensors
expect 0 "graphs in n" sample run -n 2 --keep valid,novel --train u/samples.smi --max-tries 4000 --out n --format smiles
cut -d' ' -f1 u/samples.smi | sort >known.smi
cut -d' ' -f1 n/samples.smi | sort | comm -12 - known.smi >old
[ ! -s old ] || complain "--keep novel: $(head -1 old) is known"
expect 0 "15 of 15" data import --train u/samples.smi --val u/samples.smi --test u/samples.smi --charges --out known
expect 0 "graphs in n2" sample run -n 2 --keep valid,novel --train known --max-tries 4000 --out n2 --format smiles
cmp -s n/samples.smi n2/samples.smi || complain "--keep novel: a set and its SMILES differ"
exit $failed
