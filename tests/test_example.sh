#!/bin/sh
# The example program trains, samples, and writes graphs that can be read.
# Usage: test_example.sh EXAMPLE PROGRAM
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$folder"
[ "$(ls "$folder/samples" | wc -l)" -eq 10 ]
"$2" info "$folder/samples"
