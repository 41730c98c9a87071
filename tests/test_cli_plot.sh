#!/bin/sh
# What `digress plot` and `digress report` draw, by the kind of their argument, and what they refuse.
# Usage: test_cli_plot.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

# refuse FILE TEXT ARGUMENT...: exit status 2, TEXT said in one line, and no FILE.
refuse() {
    file=$1
    shift
    expect 2 "$@"
    expect_nothing "$file"
    [ -z "$(find . -name '.*tmp*' -o -name '*.partial')" ] || complain "a temporary file is left"
}

expect 0 "community, 12 graphs" data community -n 12 --out set
run_program plot set --out graphs.svg
if grep -q "built without cairo" err; then
    refuse graphs.svg "libcairo2-dev" plot set --out graphs.svg
    exit "$failed"
fi

expect 0 "8 of 8 graphs in graphs.svg" plot set:train --out graphs.svg
head -c 5 graphs.svg | grep -qF '<?xml' || complain "no XML"
cp graphs.svg first.svg
expect 0 "8 of 8 graphs" plot set:train --out graphs.svg
cmp -s graphs.svg first.svg || complain "the same graphs make another picture"
expect 0 "3 of 8 graphs in graphs.png" plot set:train -n 3 --columns 3 --out graphs.png
head -c 4 graphs.png | grep -qF PNG || complain "no PNG"
expect 0 "histograms of 8 graphs" plot set:train --ref set --out histograms.svg
expect 0 "histograms of 8 graphs" plot set:train --what histograms --out histograms.png

expect 0 "the run is in run" train comm20-small dataset.path=set model.n_layers=1 model.diffusion_steps=4 \
    train.n_epochs=2 general.check_val_every_n_epochs=1 general.sample_every_val=1 \
    general.samples_to_generate=2 general.chains_to_save=1 general.number_chain_steps=4 --out run
[ ! -e run/curves.svg ] || complain "a training draws unasked"
cp -r run drawn
expect 0 "the run is in drawn" train --resume drawn general.pictures=true train.n_epochs=3
for picture in curves.svg samples/epoch-000003.svg samples/epoch-000003-chain-0.gif; do
    [ -s drawn/$picture ] || complain "general.pictures drew no $picture"
done
expect 0 "the run is in drawn" train comm20-small dataset.path=set model.n_layers=1 model.diffusion_steps=4 \
    train.n_epochs=1 --out drawn --force
[ "$(find drawn -name '*.svg' -o -name '*.gif')" = "" ] || complain "a new run keeps pictures of the old one"
expect 0 "curves of 1 run in run.svg" plot run --out run.svg
expect 0 "curves of 2 runs" plot run run --over steps --out runs.png
expect 0 "2 of 2 graphs" plot run --what graphs --out samples.svg
expect 0 "2 graphs in samples" sample run -n 2 --chain 1 --out samples
expect 0 "2 of 2 graphs" plot samples --out samples.svg
expect 0 " frames in chain.svg" plot samples --what chain -n 3 --out chain.svg
expect 0 " frames in chain.png" plot samples/chains/000000 --out chain.png
for chain in samples samples/chains/000000 run; do
    run_program plot "$chain" --out chain.gif
    grep -q "built without giflib" err && continue
    [ "$got" -eq 0 ] || complain "plot $chain --out chain.gif: exit status $got"
    head -c 6 chain.gif | grep -qF GIF89a || complain "no GIF"
    rm -f chain.gif
done

refuse no "no --out FILE" plot set
refuse no "expected SAMPLES" plot --out no.svg
refuse a.pdf "expected a name in .svg, .png or .gif" plot set --out a.pdf
refuse a.gif "only a chain is drawn as .gif" plot set --what graphs --out a.gif
refuse a.gif "no chain: graph" plot set --out a.gif
refuse a.svg "expected graphs, chain, curves or histograms" plot set --what trees --out a.svg
refuse a.svg "several runs are drawn only as curves" plot set set --out a.svg
refuse a.svg "--ref is for histograms only" plot set --what graphs --ref set --out a.svg
refuse a.svg "nothing: cannot read" plot nothing --out a.svg
refuse no/a.svg "cannot write" plot set --out no/a.svg
refuse a.svg "not a run" plot set --what curves --out a.svg
refuse a.svg "two frames or more" plot samples/000000.edges --what chain --out a.svg
: >empty.g6
refuse a.svg "empty.g6: empty" plot empty.g6 --out a.svg
: >run/log.jsonl
refuse a.svg "nothing has been trained yet" plot run --out a.svg
awk 'BEGIN { for (k = 1; k < 3000; k++) print 0, k }' >star.edges
refuse a.svg "no graph can be drawn: each has more than 1000 nodes" plot star.edges --out a.svg

# The report: all sections, one picture each, no id twice, nothing from elsewhere.
cp -r run whole
printf '{"event":"epoch","epoch":1,"step":2,"minutes":0.5,"loss":1}\n' >whole/log.jsonl
expect 0 "on one page in report.html" report whole --ref set --train set --out report.html
for heading in Training Numbers Samples "Degrees, clustering, sizes" "From noise to a graph"; do
    grep -qF "<h2>$heading</h2>" report.html || complain "the report has no '$heading'"
done
[ "$(grep -c '<svg' report.html)" -eq 4 ] || complain "the report has not four pictures"
twice=$(grep -oE ' id="[^"]+"' report.html | sort | uniq -d)
[ -z "$twice" ] || complain "ids that occur twice: $twice"
! grep -qE '<script|src=|href="http' report.html || complain "the report needs something else"
grep -qF "MMD degree" report.html || complain "the report has no table"
expect 0 "on one page" report samples --out alone.html
refuse a.html "expected one RUN or SAMPLES" report --out a.html
refuse a.txt "expected a name in .html" report set --out a.txt
refuse a.html "nothing: cannot read" report nothing --out a.html
refuse no/a.html "cannot write" report set --out no/a.html
exit "$failed"
