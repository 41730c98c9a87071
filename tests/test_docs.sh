#!/bin/sh
# The reference tables of the documentation say what the program says, links lead somewhere, and files
# that are named exist.
# Usage: test_docs.sh PROGRAM SOURCE_FOLDER [--write]     (--write: the help texts of docs/command-line.md
# and the keys of docs/configuration.md are written again)
set -eu
program=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$source"
failed=0

complain() {
    echo "$1"
    failed=1
}

# help_of COMMAND: without the keys, which have a table of their own.
help_of() {
    # shellcheck disable=SC2086 # the command's name is words
    "$program" help $1 | sed '/^Keys of a config and/,$d' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

# between NAME FILE: the lines between <!-- NAME --> and <!-- end -->.
between() {
    sed -n "/^<!-- $1 -->\$/,/^<!-- end -->\$/p" "$2" | sed '1d;$d'
}

# hold NAME FILE: the part of that name in FILE is $work/expected, or becomes it.
hold() {
    between "$1" "$2" >"$work/found"
    cmp -s "$work/expected" "$work/found" && return
    if [ -z "${write:-}" ]; then
        complain "$2: '$1' is not what the program says (sh tests/test_docs.sh PROGRAM . --write):"
        diff "$work/found" "$work/expected" || true
        return
    fi
    awk -v start="<!-- $1 -->" -v text="$work/expected" '
        $0 == start { print; while ((getline line < text) > 0) print line; skip = 1; next }
        $0 == "<!-- end -->" { skip = 0 }
        !skip { print }' "$2" >"$work/new"
    cat "$work/new" >"$2"
}

write=
[ "${3:-}" != --write ] || write=yes

for command in data "data import" "data export" train sample tune eval plot report info bench help; do
    {
        echo '```text'
        help_of "$command"
        echo '```'
    } >"$work/expected"
    hold "help $command" docs/command-line.md
done
"$program" --config-keys >"$work/expected"
hold keys docs/configuration.md

# values COMMAND OPTION: one a line, as `help` lists them.
values() {
    # shellcheck disable=SC2086
    "$program" help $1 | tr '\n' ' ' | grep -oE -e "--$2 [a-z0-9,|_ -]+" | head -n 1 |
        sed -E 's/^[^ ]+ //; s/\| +/|/g; s/ .*//' | tr '|,' '\n\n' | sort
}

# column NUMBER NAME FILE: what is in backticks in that column of the table called NAME.
column() {
    between "$2" "$3" | sed '1,2d' | awk -F'|' -v k="$1" '{ print $(k + 1) }' | grep -oE '`[^`]+`' |
        tr -d '`' | sort
}

# same WHAT: $work/listed is what the program takes.
same() {
    [ -s "$work/taken" ] || complain "$1: the program lists none"
    cmp -s "$work/listed" "$work/taken" && return
    complain "$1: the table lists (<), the program takes (>):"
    diff "$work/listed" "$work/taken" || true
}

column 2 formats docs/formats.md >"$work/listed"
values "data import" format >"$work/taken"
same "docs/formats.md, read"
column 3 formats docs/formats.md >"$work/listed"
values sample format >"$work/taken"
same "docs/formats.md, written"
column 1 descriptors docs/evaluation.md >"$work/listed"
values eval descriptors >"$work/taken"
same "docs/evaluation.md, descriptors"
column 1 rules docs/evaluation.md >"$work/listed"
values eval valid >"$work/taken"
same "docs/evaluation.md, rules of validity"
column 1 kinds datasets/README.md >"$work/listed"
"$program" help data | sed -n '/^Kinds/,$p' | grep -oE '^  [a-z]+' | tr -d ' ' | grep -vE 'import|export' | sort >"$work/taken"
same "datasets/README.md, kinds"

# Each relative link, and each file that is named by its path from the top.
for page in *.md docs/*.md eval/*.md datasets/*.md bench/*.md tests/faults/*.md tests/golden/make/*.md \
    tests/golden/make/reference/*.md; do
    [ -e "$page" ] || continue
    grep -oE '\]\([^)#:]+' "$page" | sed 's/^](//' | while read -r target; do
        [ -e "$(dirname "$page")/$target" ] || echo "$page: no $target to link to"
    done
    grep -oE '`(src|eval|datasets|tests|docs|configs|bench|cmake|include|examples)/[A-Za-z0-9_./-]+\.[a-z0-9]+`' "$page" |
        tr -d '`' | grep -v NAME | while read -r file; do
        [ -e "$file" ] || echo "$page: no file $file"
    done
done >"$work/gone"
[ ! -s "$work/gone" ] || complain "$(cat "$work/gone")"

lines=$(wc -l <README.md)
[ "$lines" -lt 150 ] || complain "README.md has $lines lines: what is long belongs into docs/"
exit "$failed"
