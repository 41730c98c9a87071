#!/bin/sh
# The command line as a user meets it: exit status, and one clear line on stderr.
# Usage: test_cli.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

expect 0 "Usage: digress COMMAND" --help
expect 0 "digress 0." --version
expect 0 "native/f32" --version
expect 0 "model.n_layers" --config-keys
expect 0 "peak_gflops" bench --shape qm9-small --seconds 0 --backend native --json
expect 2 "no such matrix products: the native kernels multiply in f32 only" bench --backend native --precision bf16
expect 2 "no shape 'sphere'" bench --shape sphere
expect 0 '"x86-64-v2"' bench --shape qm9-small --seconds 0 --backend native --isa v2 --json
expect 0 "of CPU a graph on 1 thread, " bench --shape qm9-small --seconds 0 --backend native --cpu
expect 2 "cpu goes with one thread, not with --threads 2" bench --cpu --threads 2
expect 2 "isa: expected v2, v3 or v4, got 'v9'" bench --isa v9
export DIGRESS_ISA=v9
expect 0 "DIGRESS_ISA=v9: expected v2, v3 or v4" --version
unset DIGRESS_ISA
expect 2 "no command given"
expect 2 "did you mean 'train'?" trian
for command in data train sample eval info bench; do
    expect 0 "Usage: digress $command" "$command" --help
    expect 2 "unknown option '--no-such-option'" "$command" --no-such-option
done

# Graphs of the user's own, to a set folder and back.
mkdir graphs
for n in 3 4 5 6 7 8 9; do printf '# nodes %s\n0 1\n1 2 2\n' $n >graphs/$n.edges; done
expect 0 "5 train, 1 val, 1 test graphs; 1 node and 3 edge classes" data import graphs --out set
expect 0 "set 'set'" info set
expect 0 "100.0%" info graphs/3.edges
expect 2 "exists already: give --force" data import graphs --out set
expect 0 "set" data import graphs --out set --force
expect 0 "7 val" data import --train graphs --val graphs --test graphs/3.edges --out given --kind tree
expect 0 "kind tree" info given
expect 0 "given is split already" data import given --out anew
expect 0 "given is split already" data import given --out anew --force
expect 0 "train           7      3" info anew
mkdir -p own/val
cp graphs/3.edges own/train.edges
cp graphs/4.edges graphs/5.edges own/val
cp graphs/6.edges own/test.txt
expect 0 "1 train, 2 val, 1 test" data import own --out kept
expect 0 "nodes                 6.000     3.000                6.000" eval --ref own --train own own/test.txt
touch own/notes.md
expect 0 "own: 1 file in it is not read: notes.md" data import own --out kept --force
rm own/notes.md
cp graphs/7.edges own/train.graph
expect 2 "3 graphs are too few to split" data import own --out kept --force
rm -r own kept
expect 2 "--train, --val and --test together" data import --train graphs --out none
expect 2 "too few to split" data import graphs/3.edges --out none
expect 2 "nothing-here: cannot read" data import nothing-here --out none
expect 2 "nothing-here: cannot read" info nothing-here
printf '0 1\n1 0\n1 1\n1 2\n' >graphs/loop.edges
expect 2 "loop.edges:2: edge 1 0 is listed in both directions: give --simplify" info graphs
expect 0 "dropped 1 direction, 0 multi-edges and 1 self-loop" info --simplify graphs
printf '3 7\n7 9\n' >sparse.edges
expect 0 "without those that no edge names (--ids literal keeps the numbers)" info sparse.edges
printf 'no graph' >graphs/notes.txt
expect 2 "notes.txt: of no known format" data import graphs --out none --simplify
head -c 300 set/train.safetensors >cut.safetensors
expect 2 "cut off" info cut.safetensors
expect_nothing none

# What is passed over in a folder is said, and all of its TU sets are read.
says_skipped() { # FOLDER TEXT
    expect 0 "$1: $2" info "$1"
    [ "$(grep -c "not read" err)" -eq 1 ] || complain "info $1: what is not read is not said once"
}
cp -r given more
mkdir more/deeper
touch more/a.md more/b.md more/c.md
says_skipped more "3 files and 1 folder in it are not read: a.md, b.md, c.md, ..."
expect 0 "3 files and 1 folder in it are not read" data import more --out more-set
mkdir plain plain/deeper
cp graphs/3.edges plain
says_skipped plain "1 folder in it is not read: deeper/"
mkdir tu
for name in A B; do
    printf '1\n1\n2\n2\n' >tu/${name}_graph_indicator.txt
    printf '1, 2\n2, 1\n3, 4\n4, 3\n' >tu/${name}_A.txt
done
expect 0 "2 TU sets, from A to B, are read as one" info tu
expect 0 "all             4" info tu
printf '1\n1\n' >tu/A_graph_labels.txt
printf '1, 2\n' >tu/C_A.txt
says_skipped tu "2 files in it are not read: A_graph_labels.txt, C_A.txt"

# Names in files do not reach the terminal with their escape sequences.
mkdir escapes
printf '1\n1\n' >escapes/T_graph_indicator.txt
printf '1, 2\n2, 1\n' >escapes/T_A.txt
printf '{"node_classes": ["a\\u001b[31m\\u009b31m"], "edge_classes": ["none", "b"]}' >escapes/T_classes.json
expect 0 "a [31m  31m 1.0000" info escapes
mv escapes "$(printf 'c\033[31m')"
expect 0 "c [31m: a set of graphs" info c*31m
expect 2 "c [31m: 1 graphs are too few" data import c*31m --out none
grep -q "$(printf '\033')" out err && complain "an escape sequence was printed"

# A disk that takes no more than a block, then an output folder that cannot be made.
mkdir small
(ulimit -f 0 && "$program" data import given --out small/set >out 2>err </dev/null)
[ $? -eq 2 ] || complain "a full disk was not noticed"
[ -z "$(ls -A small)" ] || complain "a full disk left something: $(ls -A small)"
expect 2 "cannot make the folder" data import given --out cut.safetensors/set
# It is found before anything is read or drawn.
expect 2 "cannot make the folder" data import nothing-here --out cut.safetensors/set
expect 2 "exists already: give --force" data import nothing-here --out given
expect 2 "exists already: give --force" data planar -n 4000000000 --out given
# What a killed program left is passed over, and removed by the next to write the same name.
cp -r graphs crashed
rm -f crashed/loop.edges crashed/notes.txt
printf 'half a gra' >crashed/3.edges.tmp-99999999-0
expect 0 "all             7" info crashed
mkdir set.tmp-99999999-0
expect 0 "set" data import crashed --out set --force
expect_nothing set.tmp-99999999-0

: >out
"$program" --version >/dev/full 2>err
[ $? -eq 2 ] || complain "a full disk behind stdout was not noticed"
"$program" --version 2>err >&-
[ $? -eq 2 ] || complain "a closed stdout was not noticed"
{
    while [ ! -e closed ]; do :; done
    "$program" --config-keys 2>err
    echo $? >status
} | {
    exec <&-
    : >closed
}
[ "$(cat status)" -eq 2 ] || complain "a pipe that nobody reads was not noticed"
grep -q "standard output: Broken pipe" err || complain "a broken pipe was not named"

exit "$failed"
