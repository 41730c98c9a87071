#!/bin/sh
# Runs `digress bench` and the PyTorch reference one after the other on every shape, and prints how
# many times faster the first is.
#
# Usage: bench/compare.sh DIGRESS CHECKOUT [SECONDS]
#   DIGRESS   the program, as build/digress
#   CHECKOUT  a clone of github.com/cvignac/DiGress
#   SECONDS   time for each figure (default 10)
# PYTHON in the environment names a Python with PyTorch (default /usr/bin/python3).
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
digress=$1
checkout=$2
seconds=${3:-10}
python=${PYTHON:-/usr/bin/python3}
reference=$(dirname "$0")/reference

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for shape in qm9 comm20 planar sbm; do
    "$digress" bench --json --shape $shape --seconds "$seconds" >"$folder/$shape.ours.json"
    "$python" "$reference/time_reference.py" "$checkout" --shape $shape --seconds "$seconds" \
        >"$folder/$shape.theirs.json"
    echo "$shape done" >&2
done
"$python" "$reference/print_ratios.py" "$folder"/*.ours.json -- "$folder"/*.theirs.json
