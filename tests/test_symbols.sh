#!/bin/sh
# The shared library exports the functions of the public headers and nothing else, and
# test_arguments.c calls each of them.
# Usage: test_symbols.sh LIBRARY SOURCE_FOLDER
set -eu
library=$1 source=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

nm -D --defined-only "$library" | sed 's/.* //; s/@.*//' | sort >"$folder/exported"
# A declaration at the start of a line; what is defined there (static inline) is no symbol.
cat "$source"/include/digress/*.h | grep -E '^[a-z]' | grep -vE '^(static|typedef|enum|struct)' |
    grep -oE '\bdigress_[a-z_]+\(' | tr -d '(' | sort -u >"$folder/declared"
[ "$(wc -l <"$folder/declared")" -gt 20 ] || { echo "no declarations found"; exit 1; }
diff "$folder/declared" "$folder/exported" || { echo "< declared, > exported"; exit 1; }
while read -r name; do
    grep -q "\b$name(" "$source/tests/test_arguments.c" || { echo "test_arguments.c lacks $name"; exit 1; }
done <"$folder/declared"
