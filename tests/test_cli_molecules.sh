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
    grep -q '"event":"samples".*"validity":[0-9]' judged/log.jsonl || complain "no validity in the log"
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
expect 2 "--atoms: 'Zz' is not an atom" data import some.smi --atoms C,Zz --out none
expect 2 "--hydrogens: expected explicit or implicit, got 'none'" data import some.smi --hydrogens none --out none
expect 2 "--charges is for files of molecules" data import made --charges --out none
for option in "--ids compact" "--weights ignore" "--node-attribute x" "--edge-attribute x" --simplify; do
    # shellcheck disable=SC2086
    expect 2 "${option% *} is for files of graphs" data import some.smi $option --out none
done
expect 2 "exists already: give --force" data import some.smi --out set
expect 0 "some.smi: a file of molecules: --ids is not for it" info some.smi --ids compact
expect 0 "some.smi: a file of molecules: --weights is not for it" eval some.smi --ref set --weights ignore
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
expect 2 "the model: these graphs are not molecules" sample plain -n 1 --out t --format smiles
expect 2 "the model: these graphs are not molecules" sample plain -n 1 --out t --keep valid --valid molecule
expect 2 "none of the 3 graphs drawn can be kept" sample run -n 1 --max-tries 3 --out t --keep valid
expect_nothing t

expect 0 "relaxed valid" eval --ref made --train made s/samples.safetensors
expect 0 "MMD fingerprints" eval --kernels all --ref made --train made s/samples.txt made:val
expect 0 "relaxed valid" eval --atoms C,N,O,F s/samples.txt
expect 0 "valid unique novel" eval --ref made --train made made:val
expect 0 "internal diversity" eval --kernels all made:test
expect 0 "100.0 %" eval --ref made --train made s/samples.safetensors some.smi
grep -q "some.smi: 1 of 7 samples are not molecules that RDKit accepts: they count as invalid" err ||
    complain "unreadable SMILES are not told"
grep -q "some.smi has node class N+, which the test set lacks" err || complain "a new class is not told"

# Every record of a file of samples counts.
printf 'CO 0\n# 1: Explicit valence for atom # 0 O, 3, is greater than permitted\n' >judged.smi
printf '# 2: the largest of 3 fragments\nCN 2\nNone\nO.CCl 4\n' >>judged.smi
printf '# a comment\n[O-]CC 5\n[CH2]C 6\nC1C 7\n' >>judged.smi
expect 0 "molecules: valid    62.5 % (24.5-91.5)" eval judged.smi
grep -q "judged.smi: 3 of 8 samples are not molecules" err || complain "invalid samples are not told"
grep -q "judged.smi: 1 of 8 samples count as valid, but cannot be compared as graphs: 1 radical" err ||
    complain "a valid molecule without a graph is not told"
expect 0 "molecules: valid           -         -   62.5 % (24.5-91.5)" eval --ref made --train made judged.smi
expect 0 '"sampled": 8' eval --json judged.smi
printf 'smiles\nNone\n\nNaN\n' >none.csv
expect 0 "molecules: valid     0.0 % (0.0-84.2)" eval none.csv
expect 0 "molecules: valid           -         -     0.0 % (0.0-84.2)" eval --ref made --train made none.csv

# The same samples in three formats have the same validity.
expect 0 "60 graphs in f" sample run -n 60 --nodes 2:4 --out f --format smiles,sdf,safetensors
validity() {
    run_program eval --json "$1"
    grep -o '"validity": [0-9.e-]*' out
}
validity f/samples.safetensors >first
grep -q '"validity": 0\.[0-9]' first || complain "no validity, or all are valid"
for format in smi sdf; do
    validity f/samples.$format | cmp -s first - || complain "another validity of f/samples.$format"
done
[ "$(grep -c '^\$\$\$\$' f/samples.sdf)" -eq 60 ] || complain "SDF has no place for an invalid sample"

# Hydrogens, bonds and charges are brought to the set's form.
printf '[H]O[H]\n[2H]OC\n[H]C([H])([H])[NH3+]\nOC\nO\nC[NH3+]\nCO\nOCC\nOCCC\nC[NH3+]\n' >wet.smi
expect 0 "left out of these: hydrogen atoms 18" \
    data import --train wet.smi --val wet.smi --test wet.smi --charges --out dry
expect 0 "node classes  3: C 0.5238, N+ 0.1429, O 0.3333" info dry
expect 0 "100.0% [69.2, 100.0]" info dry
printf '[H]OC([H])([H])[H]\n[H][N+]([H])([H])C([H])([H])[H]\nO([H])[H]\n' >all_hydrogens.smi
expect 0 "novel                      -         -     0.0 % (0.0-70.8)" \
    eval --ref dry --train dry all_hydrogens.smi

expect 0 "30 of 30" data import --train wet.smi --val wet.smi --test wet.smi --charges --hydrogens explicit --out wet
expect 0 "novel                      -         -     0.0 % (0.0-30.8)" eval --ref dry --train dry wet:test
grep -q "wet:test: the hydrogens of its valid molecules are left out" err || complain "the change is not told"
expect 0 "novel                      -         -     0.0 % (0.0-30.8)" eval --ref wet --train wet dry:test

# No molecule twice, though it may have been drawn in several ways; none that is known.
smiles_of() { grep -v '^#' "$1" | cut -d' ' -f1 | sort; }
expect 0 "20 graphs in u" sample run -n 20 --nodes 2:4 --keep valid,unique --max-tries 500 --out u --format smiles
smiles_of u/samples.smi | uniq -d >twice
[ ! -s twice ] || complain "--keep unique: $(head -1 twice) is twice there"
expect 0 "60 of 60" data import --train u/samples.smi --val u/samples.smi --test u/samples.smi --out known
expect 0 "10 graphs in n" sample run -n 10 --nodes 2:4 --keep valid,novel --train known --max-tries 900 --out n --format smiles
smiles_of u/samples.smi >known.smi
smiles_of n/samples.smi | comm -12 - known.smi >old
[ ! -s old ] || complain "--keep novel: $(head -1 old) is known"
cp u/samples.smi known-molecules.smi
printf 'CS s\n' >>known-molecules.smi
expect 0 "20 of 21 molecules are used for the comparison; dropped: 1 other atoms" sample run -n 10 --nodes 2:4 --keep valid,novel \
    --train known-molecules.smi --max-tries 900 --out n2 --format smiles
cmp -s n/samples.smi n2/samples.smi || complain "--keep novel: a set and its SMILES differ"
printf 'CS\nCCS\n' >sulphur.smi
expect 0 "6 of 6" data import --train sulphur.smi --val sulphur.smi --test sulphur.smi --out sulphur
expect 2 "sulphur: node class S, which the model lacks: it has C, N, O, F" \
    sample run -n 1 --keep novel --train sulphur --out none
expect 2 "sulphur: node class S, which the model lacks" eval --checkpoint run --nll sulphur
expect_nothing none

# A bound on a file of molecules is that on the set that is made of it.
expect 0 "negative log-likelihood" eval --checkpoint run --nll known
cp out bound-of-set
expect 0 "negative log-likelihood" eval --checkpoint run --nll u/samples.smi
cmp -s out bound-of-set || complain "--nll: a set and its SMILES differ"
expect 2 "sulphur.smi: node class S, which the model lacks" eval --checkpoint run --nll sulphur.smi
expect 2 "sulphur.smi holds molecules, but the model: " eval --checkpoint plain --nll sulphur.smi

expect 0 "7 molecules, 6 of them as graphs, 1 unparsable" info some.smi
expect 0 "100.0% [54.1, 100.0]" info some.smi

# Molecules are told by what a file holds, wherever they are read.
printf 'CS\nCP\nCF\nCC\nCO\nCN\n' >short.txt
expect 0 "6 molecules, 6 of them as graphs" info short.txt
expect 0 "6 of 6 molecules kept" data import short.txt --out short
expect 0 "1 node and 2 edge classes" data import short.txt --format graph6 --out as_graph6
expect 0 "molecules: valid          -         - 100.0 % (54.1-100.0)" eval --ref short.txt --train short.txt short.txt
expect 0 "novel                      -         -     0.0 % (0.0-45.9)" eval --ref short --train short.txt short.txt
expect 0 "novel                      -         -    33.3 % (4.3-77.7)" eval --ref short.txt --train short short.txt
gzip -c short.txt >packed
expect 0 "6 molecules" info packed
mkdir mol
for k in 1 2 3 4 5 6; do printf 'x\n\n\n  2  1  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 C   0  0
    1.0000    0.0000    0.0000 O   0  0
  1  2  1  0\nM  END\n' >mol/$k.mol; done
cp mol/6.mol mol/6.dat
printf 'About these files\n' >mol/README
expect 0 "7 of 7 molecules kept" data import mol --out from_folder
grep -q "mol: 1 of its 8 entries are not files of molecules" err || complain "an entry is passed over in silence"
expect 0 "6 of 6 molecules kept" data import mol/?.mol --out from_files
expect 0 "18 of 18 molecules kept" data import short.txt mol/?.mol short.txt --out from_more
expect 0 "7 molecules" info mol
mkdir graphs
for k in 1 2 3; do printf '0 1\n1 2\n' >graphs/$k.edges; done
printf 'CCO\n' >graphs/note.txt
expect 2 "note.txt: of no known format" info graphs
mkdir odd
printf 'CS\nCO\nCC\nCN\nC\nCCC\n' | tee odd/a.data >odd/b.data
expect 0 "12 of 12 molecules kept" data import odd --format smiles --out from_odd
printf 'CC\n' >mol/more.smi
expect 2 "mol: files of molecules in several formats" data import mol --out none
digress_with() { "$program" "$@" >out 2>err; }
digress_with data import - --out piped <short.txt || complain "- is not read"
cat short.txt | digress_with data import - --out piped2 || complain "- is not read from a pipe"
grep -q "6 of 6 molecules kept" out || complain "- is not read whole"
gzip -c short.txt | digress_with eval --ref - --train short - || complain "- is not read twice"
grep -q "molecules: valid  *-  *-  *100.0 %" out || complain "eval -: another validity"
printf '0 1\n1 2\n' | digress_with data import - a b --out none && complain "what is no path is read"
for k in 1 2 3 4 5 6; do printf '0 9\n9 %d\n' $k | gzip >$k.edges.gz; done
expect 0 "8 train" data import ?.edges.gz ?.edges.gz --out edges
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

# Tables as people have them: ends of lines, what is between the fields, quotes, parts.
rows='id;Smiles;note 1;CC;a,b 2;CO;3" pipe 3;CN;c 4;CCC;d 5;CCO;e'
for ends in '\n' '\r\n' '\r'; do
    for row in $rows; do
        [ "$row" = pipe ] || printf "%s$ends" "$row"
    done >ends.csv
    rm -rf ends
    expect 0 "5 of 5 molecules kept" data import ends.csv --out ends
    [ ! -s err ] || complain "a plain table makes a noise"
done
tr ';' '|' <ends.csv >bars.csv
expect 2 "--delimiter says what is between them" data import bars.csv --out none
expect 0 "5 of 5 molecules kept" data import bars.csv --delimiter '|' --out bars
tr ';' '\t' <ends.csv >tabs.csv
expect 0 "5 of 5 molecules kept" data import tabs.csv --out tabs
expect 0 "5 of 5 molecules kept" data import tabs.csv --delimiter tab --out tabs2
expect 2 "no column 'smiles'" data import tabs.csv --delimiter semicolon --out none
expect 2 "--delimiter: expected comma, semicolon, tab" data import tabs.csv --delimiter both --out none
printf 'smiles,note\nCC,"two\nlines"\nCO,b\nCN,"a ""b"", c"\nCCC,d\nCCO,"e\nCCN,f\n' >held.csv
expect 0 "5 of 5 molecules kept" data import held.csv --out held
grep -q "held.csv: 5 records in 7 lines, because quotes join lines" err || complain "lost lines are not told"

printf 'SMILES,SPLIT\nCC,train\nCCC,train\nCO,test\nCCO,test\nCCN,test\nCF,test_scaffolds\nCS,else\n' >moses.csv
expect 0 "6 of 7 molecules kept; dropped: 1 other parts" data import moses.csv --split-column SPLIT --out moses
grep -q "2 train, 3 val, 1 test graphs" out || complain "the parts of MOSES are others"
grep -q "'test_scaffolds' for the test part" err || complain "what validates is not told"
printf 'CCS,VALID\n' >>moses.csv
expect 0 "2 train, 1 val, 4 test graphs" data import moses.csv --split-column SPLIT --out parts
expect 2 "no column 'split'" data import moses.csv --split-column split --out none
expect 2 "--split-column and --train" data import --train moses.csv --val moses.csv --test moses.csv --split-column SPLIT --out none
printf 'smiles,part\nCC,train\nCO,val\n' >two.csv
expect 2 "two.csv: column 'part' puts no molecule into test" data import two.csv --split-column part --out none
sed 's/val/test/' two.csv >three.csv
expect_nothing none

# Each record that is dropped, by its number in its file and its name.
printf 'CC one\nC.CC two\n\nCx three\tof many\nC[CH2] four\nCCN\nCCO five\n' >bad.smi
printf 'smiles\nCF\n"""Cx"\n' >bad.csv
expect 0 "4 of 8 molecules kept" data import bad.smi bad.csv --dropped dropped.tsv --out some
printf 'file\trecord\tname\treason\n' >wanted
printf 'bad.smi\t2\ttwo\tdisconnected\n' >>wanted
printf 'bad.smi\t4\tfour\tradical\nbad.csv\t2\t\tunparsable\n' >>wanted
grep -v three dropped.tsv | sed 's/unparsable: .*/unparsable/' | cmp -s - wanted || complain "$(cat dropped.tsv)"
grep -q "^bad.smi	3	three of many	unparsable: " dropped.tsv || complain "$(cat dropped.tsv)"
expect 2 "dropped.tsv: exists already: give --force" data import bad.smi bad.csv --dropped dropped.tsv --out none
expect 0 "4 of 8 molecules kept" data import bad.smi bad.csv --dropped dropped.tsv --out some --force
cp bad.smi kept.smi
expect 2 "bad.smi: exists already, and is not a list" data import bad.smi bad.csv --dropped bad.smi --out some --force
cmp -s bad.smi kept.smi || complain "--dropped replaced an input"
expect 2 "--dropped is for files of molecules" data import made --dropped none --out none
expect 2 "bad.smi:2: disconnected" data import bad.smi --strict --dropped none --out none
expect_nothing none

# Salts without their counterions; attachment points.
printf 'CCN.Cl\nCC(=O)[O-].[Na+]\nCO\nO.O.CCC\nCCS\n' >salts.smi
expect 2 "too few to split" data import salts.smi --out none
expect 0 "4 of 5 molecules kept; dropped: 1 charged" data import salts.smi --keep-largest-fragment --out salts
grep -q "left out of these: smaller fragments of 2" out || complain "what was cut off is not told"
expect 0 "n min" info salts
grep -q "node classes  4: C [0-9.]*, N [0-9.]*, O [0-9.]*, S" out || complain "a counterion is kept"
printf '*CC\n[*:1]C(=O)N[*:2]\n[1*]O\n*c1ccccc1\nCC\nCO\n' >points.smi
expect 0 "6 of 6 molecules kept" data import points.smi --out points
grep -q "left out of these: isotopes of 1" out || complain "the number of an attachment point is lost in silence"
expect 0 "node classes  4: * " info points.smi
expect 2 "2 graphs are too few" data import points.smi --atoms C,N,O --out none
expect_nothing none

# Sets without a part for validation.
expect 0 "6 train, 0 val, 2 test graphs" data import --train points.smi --test two.csv --out no_val
[ ! -e no_val/val.safetensors ] || complain "a part that there is not is written"
expect 0 "test            2" info no_val
! grep -q "^val" out || complain "info shows a part that there is not"
expect 0 "all             2" info no_val:test
expect 0 "100.0 %" eval --ref no_val --train no_val no_val
expect 2 "cannot read" info no_val:val
expect 0 "1 train, 0 val, 1 test graphs" data import three.csv --split-column part --out none_either
# shellcheck disable=SC2086
expect 0 "the set has no validation part" train tiny.yaml $small dataset.path=no_val \
    general.check_val_every_n_epochs=1 general.sample_every_val=1 general.samples_to_generate=2 --out unvalidated
expect 0 "2 graphs in drawn" sample unvalidated -n 2 --out drawn
expect 0 "" info unvalidated
rm set/val.safetensors
expect 2 "set/val.safetensors: cannot read" info set
expect 2 "--val may be left out" data import --train points.smi --out none

exit $failed
