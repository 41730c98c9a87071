#!/bin/sh
# Imports run one way only: cli -> {train, plot} -> {sample, eval, datasets} -> model -> {denoiser,
# diffusion, features, chem} -> config -> graph -> {math, distributed} -> core. Within a rank they make no circle,
# nor do files.
# Usage: check_imports.sh SOURCE_FOLDER
set -eu
cd "${1:-.}"

# "FROM TO LINE" for each #include "TO/..." in a file of module FROM.
imports() {
    grep -rnE '^#include "[a-z_]+/' include/digress src datasets eval bench --include='*.[ch]' |
        sed -E 's|^src/||; s|^include/||; s|^([a-z_]+)/([^:]*):([0-9]+):#include "([a-z_]+)/.*|\1 \4 \1/\2:\3|'
}

edges=$(imports | awk '
    BEGIN {
        rank["digress"] = 0; rank["core"] = 1; rank["math"] = rank["distributed"] = 2; rank["graph"] = 3
        rank["config"] = 4
        rank["denoiser"] = rank["diffusion"] = rank["features"] = rank["chem"] = 5
        rank["model"] = 6
        rank["sample"] = rank["eval"] = rank["datasets"] = 7
        rank["train"] = rank["tune"] = rank["plot"] = 8; rank["bench"] = rank["cli"] = 9
    }
    $1 == $2 { next }
    !($1 in rank) || !($2 in rank) {
        print $3 ": a module without a rank: " $1 " or " $2 > "/dev/stderr"; wrong = 1; next
    }
    rank[$1] < rank[$2] {
        print $3 ": " $1 " must not import " $2 > "/dev/stderr"; wrong = 1
    }
    { print $1, $2 }
    END { exit wrong }')
[ -n "$edges" ] || { echo "no imports found: is this the source folder?" >&2; exit 1; }
echo "$edges" | sort -u | tsort >/dev/null # fails and names the modules of a circle

# The same for files: one uses another where it names what that one defines.
uses=$(find src datasets eval bench -name '*.c' -o -name '*.cc' | sort | xargs awk '
    FNR == 1 {
        file = FILENAME; comment = 0
        sub(/^src\//, "", file); sub(/\.(isa\.c|cc?)$/, "", file)
    }
    {
        line = $0
        if (comment && !sub(/^.*\*\//, "", line)) next
        gsub(/\/\*([^*]|\*[^\/])*\*\//, "", line)
        comment = sub(/\/\*.*/, "", line)
    }
    /^[a-z]/ && !/^(static|typedef|extern)/ && !/^[^=]*;$/ {
        if (match(line, /(dg|digress)_[a-z0-9_]+(\(|(\[[^]]*\])* = )/)) {
            name = substr(line, RSTART, RLENGTH); sub(/[^a-z0-9_].*/, "", name)
            home[name] = file
        }
    }
    {
        for (; match(line, /(dg|digress)_[a-z0-9_]+/); line = substr(line, RSTART + RLENGTH))
            names[file, substr(line, RSTART, RLENGTH)]
    }
    END {
        for (pair in names) {
            split(pair, of, SUBSEP)
            if (of[2] in home && home[of[2]] != of[1]) print of[1], home[of[2]]
        }
    }')
[ -n "$uses" ]
echo "$uses" | sort -u | tsort >/dev/null # fails and names the files of a circle
