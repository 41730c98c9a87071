#!/bin/sh
# Evaluation as a user meets it.
# Usage: test_cli_eval.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

# expect_key KEY: the JSON in `out` has it, and no NaN.
expect_key() {
    grep -q "\"$1\": " out || complain "no key $1 in the JSON"
}

expect 0 "planar, 50 graphs" data planar -n 50 --out set
expect 0 "20 graphs" data tree -n 20 --out trees
printf '@\n' >point.g6
printf 'D??\nD??\n' >bare.g6
printf '0 1\n1 2\n' >path.edges

# The table: what one reads, in 80 columns, with whole names; or all that there is.
long=$(printf 'a-rather-long-name-%s' 1 2 3)
cp -r set "$long"
for kernels in "" "--kernels all"; do
    # Options are words.
    # shellcheck disable=SC2086
    expect 0 "MMD wavelet" eval $kernels --ref set --train set set:val trees:test "$long:test"
    grep -q "^valid unique novel " out || complain "no validity, which the set's kind should give"
    grep -qxF "[1] $long:test" out || complain "the name is not there in full"
    grep -q "^ *test set *train .*\[1\]" out || complain "no column for the long name"
    [ -z "$(awk 'length > 80 && !/^\[1\]/' out)" ] || complain "longer than 80 columns"
    [ "$(grep -c "^MMD degree" out)" -gt 1 ] || complain "three sets do not fit beside each other"
    [ -n "$kernels" ] || ! grep -q "Erdos\|EMD\|RBF\|triangles" out || complain "too much in the table"
done
for number in "EMD degree" "RBF orbit" triangles "Erdos-R" "TV of sizes"; do
    grep -q "$number" out || complain "no $number with --kernels all"
done
expect 0 "per_graph_valid" eval --json --ref set --train set set:val path.edges
for key in reference train samples path count mmd mmd_interval mmd_emd mmd_rbf degree clustering \
    orbit spectral wavelet ratio ratio_interval ratio_4 pgd pgd_descriptor unique novel valid vun \
    vun_interval; do
    expect_key "$key"
done
head -n 1 out | grep -q '^{$' || complain "--json prints something before its object"
[ ! -s err ] || complain "--json says something"
! grep -qi nan out || complain "a NaN in the JSON"
grep -q '"wavelet": null' out || complain "the EMD of wavelets should be null"

cp out first
expect 0 "samples" eval --json --threads 1 --ref set --train set set:val path.edges
cmp -s out first || complain "the numbers depend on the threads"
expect 0 "samples" eval --json --reference-cache kept --ref set --train set set:val path.edges
cmp -s out first || complain "a new cache changes the numbers"
expect 0 "samples" eval --json --reference-cache kept --ref set --train set set:val path.edges
cmp -s out first || complain "a cache changes the numbers"
expect 0 "samples" eval --json --reference-cache kept --ref trees --train trees set:val
expect 2 "not a cache" eval --reference-cache set/test.safetensors --ref set set:val
expect 2 "point.g6" eval --reference-cache point.g6 --ref set set:val
# A cache that cannot be written is found before anything is read.
expect 2 "nowhere/kept: cannot write" eval --reference-cache nowhere/kept --ref missing set:val
expect 2 "point.g6: " eval --reference-cache point.g6 --ref missing set:val

expect 0 "mmd_degree_low" eval --csv --ref set set:val
[ "$(wc -l <out)" -eq 4 ] || complain "expected a header and three sets"
[ "$(sed 's/"[^"]*"//g; s/[^,]//g' out | sort -u | wc -l)" -eq 1 ] || complain "ragged CSV"
expect 0 "EMD degree" eval --kernels emd --descriptors degree --ref set set:val
! grep -q "MMD\|orbit" out || complain "numbers that were not asked for"
expect 0 "MMD spectral" eval --protocol digress --ref set set:val
expect 0 "valid" eval --valid tree --ref set set:val

# One graph, graphs of one node, none with an edge: numbers or "-", never NaN.
for reference in point.g6 bare.g6 path.edges; do
    for samples in point.g6 bare.g6 path.edges set:val; do
        expect 0 "MMD degree" eval --ref $reference --train $reference $samples
        ! grep -qi "nan\|inf" out || complain "eval --ref $reference $samples: not a number"
    done
done

: >empty.g6
expect 2 "empty" eval --ref empty.g6 set:val
expect 2 "empty" eval --ref set empty.g6
expect 2 "no SAMPLES" eval --ref set
expect 2 "'graphlet' is not one of them" eval --descriptors degree,graphlet --ref set set:val
expect 2 "--protocol" eval --protocol gran --ref set set:val
expect 2 "planar" eval --valid plane --ref set set:val
expect 2 "exclude each other" eval --json --csv --ref set set:val

# Under a limit on address space: works, or says what is missing; OpenBLAS alone would wait for ever.
for limit in 200000 300000 400000 600000 1000000; do
    (ulimit -v $limit && "$program" --version) >/dev/null 2>&1 || continue # no room for the program
    (ulimit -v $limit && exec timeout 60 "$program" eval --ref set set:val) >out 2>err </dev/null
    got=$?
    [ $got -eq 0 ] || grep -q "^digress: .*\(OpenBLAS needs\|out of memory\|start thread\)" err ||
        complain "eval with $limit kB of address space: exit status $got"
done

exit "$failed"
