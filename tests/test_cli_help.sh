#!/bin/sh
# Help, man pages and completion, all from the tables of options; configs by name, and chosen for a set.
# Usage: test_cli_help.sh PROGRAM
set -u
. "$(dirname "$0")/expect.sh"

# expect_lines_of_80: what was printed fits a terminal.
expect_lines_of_80() {
    long=$(awk 'length > 80' out err)
    [ -z "$long" ] || complain "longer than 80 columns: $long"
}

expect 0 "Usage: digress COMMAND" help
grep -q "omega and distortion$" out || complain "a command's summary is cut off"
expect_lines_of_80
for command in data "data import" "data export" train sample tune export eval plot report info bench help; do
    # The command's name is words.
    # shellcheck disable=SC2086
    expect 0 "Usage: digress $command" help $command
    expect_lines_of_80
    cp out help
    # shellcheck disable=SC2086
    expect 0 "Usage: digress $command" $command --help
    cmp -s out help || complain "help $command is not $command --help"
    # Each option is followed by its default in parentheses, --help apart.
    missing=$(awk '/^  (    |-[a-z], )--/ { if (item != "" && item !~ /\(/) print item; item = "" }
        /^ *$/ { item = "" } /^  (    |-[a-z], )--/ || item != "" { item = item $0 }' out | grep -v -e --help)
    [ -z "$missing" ] || complain "no default: $missing"
    # shellcheck disable=SC2086
    expect 0 ".SH NAME" help --man $command
    sed 's/\\f[BR]//g; s/\\//g' out | grep -oE -e '--[a-z-]+' | sort -u >in_page
    grep -oE '^  (    |-[a-z], )--[a-z-]+' help | grep -oE -e '--.*' | sort -u >in_help
    missing=$(comm -13 in_page in_help)
    [ -z "$missing" ] || complain "not in the man page: $missing"
    if command -v groff >/dev/null; then
        groff -man -ww -b -Tutf8 out >/dev/null 2>err || complain "groff"
        [ ! -s err ] || complain "groff has something to say about the man page of $command"
    fi
done
expect 0 ".TH DIGRESS 1" help --man
expect 2 "did you mean 'train'?" help trian
expect 2 "unknown command 'data remove'" help data remove

# Every value that a table lists is one that its option takes. What fails later fails elsewhere.
# values COMMAND OPTION: as `help` lists them.
values() {
    "$program" help $1 | tr '\n' ' ' | grep -oE -e "--$2 [a-z0-9,|_ -]+" | head -n 1 |
        sed -E 's/^[^ ]+ //; s/\| +/|/g; s/  .*//' | tr '|,' '  '
}
# takes COMMAND OPTION ARGUMENT...
takes() {
    command=$1 option=$2
    shift 2
    listed=$(values "$command" "$option")
    [ "$(echo "$listed" | wc -w)" -gt 1 ] || complain "$command --$option lists no values: $listed"
    for value in $listed; do
        run_program $command "--$option" "$value" "$@"
        ! grep -qE "expected|unknown|not one of them|no shape|no such" err || complain "$command --$option $value"
    done
}
expect 0 "community, 7 graphs" data community -n 7 --out set
for kind in $("$program" help data | sed -n '/^Kinds/,$p' | grep -oE '^  [a-z]+' | grep -vE 'import|export'); do
    expect 0 "$kind, 5 graphs" data "$kind" -n 5 --out "of-$kind"
done
takes eval kernels --ref set set:val
takes eval descriptors --ref set set:val
takes eval valid --ref set set:val
takes eval protocol --ref set set:val
takes eval backend --checkpoint none --nll set
takes eval precision --checkpoint none --nll set
takes info format set:val
takes "data import" format nothing-here --out none
takes "data import" hydrogens nothing.smi --out none
takes "data import" bonds nothing.smi --out none
takes "data export" format set --out exported --force
takes sample format none --out none
takes sample keep none --out none
takes help completion

# Configs by name: a file first, then the installed ones, or those of the build tree.
expect 0 "comm20-small" help --configs
expect 0 "config 'comm20-small'" info comm20-small
expect 0 "config 'comm20-small'" info comm20-small.yaml
expect 0 "the run is in run" train comm20-small dataset.path=set train.max_steps=1 \
    model.n_layers=1 model.diffusion_steps=2 --out run
grep -q 'name: "comm20-small"' run/config.yaml || complain "another config"
printf 'general: {name: mine}\n' >demo
expect 0 "the run is in mine" train demo dataset.path=set train.max_steps=1 --out mine model.n_layers=1 \
    model.diffusion_steps=2
grep -q 'name: "mine"' mine/config.yaml || complain "a file has to come before a config's name"
expect 2 "did you mean 'comm20'?" train comm2 --out none
expect 2 "nothing-like-it: cannot read: there is neither such a file nor a config of this name" train nothing-like-it --out none
expect_nothing none

# Without a config, sizes are chosen by the set; key=value changes them.
expect 0 "set/: for 5 training graphs chosen: 5 layers, dx 64" train --data set/ train.max_steps=1 \
    model.diffusion_steps=2
grep -q "runs/set-0" out || complain "the run is not called after the set"
grep -q "diffusion_steps: 2$" runs/set-0/config.yaml || complain "key=value does not change a choice"
expect 0 "the run is in named" train comm20-small --data set train.max_steps=1 model.diffusion_steps=2 --out named
grep -q 'path: "/.*/set"' named/config.yaml || complain "--data beside a config"
for k in 1 2 3 4 5; do
    mkdir -p from-one
    printf '1 2\n2 3\n' >from-one/$k.edges
done
expect 0 "5 edge lists are renumbered from 0" train --data from-one train.max_steps=1 model.diffusion_steps=2 --out one
[ "$(grep -c renumbered err)" -eq 1 ] || complain "--data is read twice"
expect 0 " 5 training graphs, 5 steps" train --data from-one dataset.path=set train.max_steps=1 model.diffusion_steps=2 --out other
grep -q 'path: "/.*/set"' other/config.yaml || complain "dataset.path beside --data"
expect 2 "nowhere: cannot read" train --data nowhere --out none
expect 2 "--resume excludes --data" train --data set --resume named
if "$program" --version | grep -q RDKit; then
    for k in 1 2 3 4 5 6; do echo "CCO molecule-$k"; done >molecules.smi
    echo "C[N+](C)(C)C salt" >>molecules.smi
    expect 0 "6 of 7 molecules kept; dropped: 1 charged" train --data molecules.smi \
        train.max_steps=1 model.diffusion_steps=2
    grep -q "training molecules chosen: 5 layers, dx 96" err || complain "molecules were not recognised"
fi
expect_nothing none

# Completion, as the shell asks for it. complete WORD...: of the last one; sorted, with blanks between.
if command -v bash >/dev/null; then
    expect 0 "complete -F _digress digress" help --completion bash
    cp out script
    cat >ask <<'EOF'
source ./script
digress() { "$PROGRAM" "$@"; }
COMP_WORDS=(digress "$@")
COMP_CWORD=$#
_digress
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
EOF
    # completes EXPECTED WORD...
    completes() {
        expected=$1
        shift
        got=$(PROGRAM=$program bash ask "$@" 2>err)
        [ "$got" = "$expected " ] && [ ! -s err ] || complain "digress $*: completed to '$got', expected '$expected'"
    }
    completes "sample" sa
    completes "--train" eval --tr
    completes "--hydrogens" data import --hyd
    completes "kekule" data import mine.smi --bonds k
    completes "graphml" data export set --format graphm
    completes "kekule" data import mine.smi --bonds = k
    completes "tv,emd" eval --kernels tv,e
    completes "set" eval --ref se
    completes "comm20-gaussian comm20-gaussian-small" train comm20-ga
    completes "train.lr= train.lr_schedule=" train demo train.lr
    completes "planar" data pl
fi
expect 0 "#compdef digress" help --completion zsh
if command -v zsh >/dev/null; then
    zsh -n out 2>err || complain "zsh does not parse its script"
fi
expect 2 "--completion: expected bash or zsh, got 'fish'" help --completion fish

exit "$failed"
