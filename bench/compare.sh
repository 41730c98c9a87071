#!/bin/sh
# Runs `digress bench` and the PyTorch reference one after the other on every shape, and prints how
# many times faster the first is than the fastest way to run the second.
#
# Usage: bench/compare.sh DIGRESS CHECKOUT [SECONDS [--cpu] [--isa v3]]
#   DIGRESS   the program, as build/digress
#   CHECKOUT  a clone of github.com/cvignac/DiGress
#   SECONDS   time for each figure (default 10)
#   --cpu     CPU time of one thread, for machines with other work
#   --isa v3  AVX2 for both, on a machine with AVX-512
# PYTHON in the environment names a Python with PyTorch 2 and numpy (default python3), SHAPES the
# shapes.
set -eu
if [ $# -lt 2 ]; then
    sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
digress=$1
checkout=$2
seconds=${3:-10}
shift $(($# < 3 ? $# : 3))
python=${PYTHON:-python3}
reference=$(dirname "$0")/reference
clock=
case " $* " in *" --cpu "*) clock=--cpu ;; esac
case " $* " in *" --isa v3 "*)
    export ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2
    ;;
esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for shape in ${SHAPES:-qm9 comm20 planar sbm qm9-small planar-small tree-small}; do
    "$digress" bench --json --shape "$shape" --seconds "$seconds" "$@" >"$folder/$shape.ours.json"
    "$python" "$reference/time_reference.py" "$checkout" --shape "$shape" --seconds "$seconds" \
        $clock >"$folder/$shape.theirs.json"
    echo "$shape done" >&2
done
"$python" "$reference/print_ratios.py" "$folder"/*.ours.json -- "$folder"/*.theirs.json
