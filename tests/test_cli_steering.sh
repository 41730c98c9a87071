#!/bin/sh
# Steered sampling as a user meets it.
# Usage: test_cli_steering.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

cat >tiny.yaml <<'EOF'
general: {name: tiny, check_val_every_n_epochs: 2, sample_every_val: 0}
train: {n_epochs: 1, batch_size: 8, threads: 2}
model:
    diffusion_steps: 10
    n_layers: 1
    hidden_mlp_dims: {X: 8, E: 8, y: 8}
    hidden_dims: {dx: 8, de: 8, dy: 8, n_head: 2, dim_ffX: 8, dim_ffE: 8, dim_ffy: 8}
EOF
expect 0 "community, 25 graphs" data community -n 25 --out set
expect 0 "the run is in run" train tiny.yaml dataset.path=set --out run

# Targets of sets.
expect 0 "train" data import set --out measured --target-computed density,diameter
expect 0 "target density: mean" info measured
expect 0 '"diameter": {' info measured --json
grep -q '"density"' measured/dataset.json || complain "dataset.json has no targets"
expect 0 "train" data import measured --out again
expect 0 "target diameter: mean" info again:test
expect 2 "target 'girth' is not computed: expected one of logP, TPSA" data import set --out none --target-computed girth
expect 2 "no graph has a target 'gap'" data import set --out none --target gap
expect 0 "16 graphs in written" data export measured:train --out written --format graphml,tu
expect 0 "4 graphs in written" data export measured:val --out written --format graphml --force
expect 0 "edgelist has no room for targets: those of 4 graphs are not written" data export measured:val --out lists
expect 0 "measured: all of its parts, one after another" data export measured --out all --format graphml
expect 0 "train" data import written --out back
expect 0 "target density: mean" info back
expect 2 "lists: exists" data export measured --out lists
! "$program" --version | grep -q RDKit ||
    expect 2 "these graphs are not molecules" data export measured --out none --format csv
expect_nothing none

# Targets that are asked for.
expect 0 "the run is in told" train tiny.yaml dataset.path=set "model.targets=[density, edges]" --out told
printf 'edges,density\n20,0.3\n,0.5\n' >wanted.csv
printf 'edges,density\n20,much\n' >much.csv
printf 'edges,density\n20\n' >short.csv
expect 0 "3 graphs" sample told -n 3 --target density=0.3 --format safetensors --out asked
expect 0 "target density: mean 0.3" info asked/samples.safetensors
expect 0 "3 graphs" sample told -n 3 --targets wanted.csv --guidance 2 --sampler flow --format safetensors --out rows
expect 0 "target edges: mean 20, deviation 0" info rows/samples.safetensors
expect 0 "target edges: mean" info told/checkpoints/last.safetensors
expect 0 "Targets of rows/samples.safetensors" eval --targets rows/samples.safetensors
expect 0 "edges                       2        2" eval --targets rows/samples.safetensors
expect 0 '"mean_asked": 20.0' eval --targets rows/samples.safetensors --json
expect 0 "density                     3        3" eval --asked wanted.csv asked/samples.safetensors
expect 2 "the samples carry no targets that they were asked for" eval --targets set:test
expect 2 "much.csv:2: target 'density'" eval --asked much.csv asked/samples.safetensors
expect 0 '"target_density_asked","target_density_measured","target_density_mae"' eval --csv --targets asked/samples.safetensors rows/samples.safetensors
column() { awk -F, -v name="\"target_$1\"" 'NR == 1 { while ($++k != name && k < NF); next } $1 == "samples" { printf "%s;", $k }' out; }
[ "$(column density_asked)$(column edges_asked)$(column edges_mean_asked)" = "3;3;0;2;;20;" ] ||
    complain "eval --csv: other targets than were asked for"
expect 2 "target 'density': asked for twice" sample told --target density=0.3,density=0.4 --out none
expect 2 "target 'density': 1e+300 is out of reach: the training set has a mean of" sample told --target density=1e300 --out none
expect 2 "target '' is not computed" data import set --out none --target-computed edges,
expect 2 "no graph has a target ''" data import set --out none --target ''
printf '\357\273\277"density","edges"\r\n"0.4",\r\n' >quoted.csv
expect 0 "2 graphs" sample told -n 2 --targets quoted.csv --format safetensors --out quoted
expect 0 "target density: mean 0.4" info quoted/samples.safetensors
expect 2 "target 'logP': the model does not have it: it has density, edges" sample told --target logP=2 --out none
expect 2 "the model was trained without targets" sample run --target density=2 --out none
expect 2 "--target: expected NAME=NUMBER, such as logP=2.5, got 'density=much'" sample told --target density=much --out none
expect 2 "much.csv:2: target 'density': expected a number, or nothing, got 'much'" sample told --targets much.csv --out none
expect 2 "short.csv:2: expected 2 fields, as in the header, got 1" sample told --targets short.csv --out none
expect 2 "--guidance has no use without --target or --targets" sample told --guidance 2 --out none
expect 2 "--guidance: expected a number above 0, got -1" sample told --target edges=20 --guidance -1 --out none
expect 2 "the training set has no target 'girth'" train tiny.yaml dataset.path=set model.targets=girth --out none
expect 2 "model.targets: a continuous model reads none" train tiny.yaml dataset.path=set model.targets=edges model.type=continuous model.diffusion_steps=40 --out none
expect_nothing none

# A regressor.
expect 0 "the run is in reg" train tiny.yaml dataset.path=set model.task=regression model.targets=density --out reg
expect 0 "3 graphs" sample run -n 3 --regressor reg --target density=0.3 --guidance-scale 10 --format safetensors --out led
expect 0 "density                     3        3" eval --targets led/samples.safetensors
expect 2 "the model is a regressor" sample reg -n 3 --out none
expect 2 "the model is a regressor" eval --checkpoint reg --nll set
expect 2 "--regressor has no use without --target or --targets" sample run --regressor reg --out none
expect 2 "--guidance-scale has no use without --regressor" sample run --guidance-scale 3 --out none
expect 2 "the regressor draws graphs" sample run --regressor told --target density=0.3 --out none
expect 2 "a regression needs targets to predict" train tiny.yaml dataset.path=set model.task=regression --out none
expect_nothing none

# Constraints.
expect 0 "connected: " sample run -n 5 --connected --max-degree 3 --format graph6 --out joined
expect 0 "of 5 graphs drawn" sample run -n 5 --connected --max-degree 3 --format graph6 --out joined --force
expect 0 "max-degree: " sample run -n 5 --connected --max-degree 3 --format graph6 --out joined --force
expect 0 "valid 100.0%" sample run -n 5 --connected --acyclic --keep valid --valid tree --out trees
expect 0 "planar: " sample run -n 2 --planar --out planar
expect 2 "--connected excludes a limit of 1 by --max-degree" sample run -n 2 --connected --max-degree 1 --out none
expect 2 "--max-degree: expected a whole number from 1" sample run -n 2 --max-degree 0 --out none
expect 2 "--valences: the model's graphs are not molecules" sample run -n 2 --valences --out none
expect_nothing none

# Fixed parts.
printf '# nodes 5\n0 1\n1 2\n2 3\n3 4\n0 4\n' >ring.edges
printf '0 1 2\n' >double.edges
expect 0 "4 graphs" sample run -n 4 --fix ring.edges --resample 2 --nodes 9 --out around
for k in 0 1 2 3; do
    grep -E '^[0-4] [0-4]$' around/00000$k.edges | sort | tr '\n' ';' >found
    [ "$(cat found)" = "0 1;0 4;1 2;2 3;3 4;" ] || complain "sample --fix: sample $k has $(cat found)"
done
expect 2 "--resample has no use without --fix" sample run -n 2 --resample 2 --out none
expect 2 "does not fit into graphs of 4: ask for at least as many by --nodes" sample run -n 2 --fix ring.edges --nodes 4 --out none
expect 2 "edge class 2, which the model lacks" sample run -n 2 --fix double.edges --out none
expect 2 "the fixed part itself breaks --acyclic" sample run -n 2 --fix ring.edges --acyclic --out none
expect 2 "the fixed part: expected one graph, got" sample run -n 2 --fix set --out none
expect 2 "nowhere: cannot read" sample run -n 2 --fix nowhere --out none
expect_nothing none

exit "$failed"
