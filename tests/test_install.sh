#!/bin/sh
# Installs into a folder of its own, and builds a consumer against it by CMake and by pkg-config.
# Usage: test_install.sh CMAKE BUILD_FOLDER COMPILER
set -eu
cmake=$1 build=$2 compiler=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# quietly COMMAND...: its output is shown only when it fails.
quietly() {
    if ! "$@" >"$folder/log" 2>&1; then
        cat "$folder/log"
        exit 1
    fi
}

quietly "$cmake" --install "$build" --prefix "$folder/prefix"
"$folder/prefix/bin/digress" --version
(cd "$folder" && "$folder/prefix/bin/digress" info comm20-small) | grep -q "/share/digress/configs/comm20-small.yaml"
for page in man/man1/digress.1 man/man1/digress-data-import.1 bash-completion/completions/digress \
    zsh/site-functions/_digress; do
    [ -s "$folder/prefix/share/$page" ] || { echo "not installed: $page"; exit 1; }
done
for command in $("$folder/prefix/bin/digress" help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  .*/\1/p' | tr ' ' -); do
    [ -s "$folder/prefix/share/man/man1/digress-$command.1" ] || { echo "no man page of $command"; exit 1; }
done

# The static library takes no names but its own from the programs that link to it. (What C++ shares
# between objects, V and W, is anybody's.)
library=$(find "$folder/prefix" -name 'libdigress.a')
if nm -g --defined-only "$library" | grep -E ' [A-UX-Z] ' | grep -vE ' [A-Z] (dg_|digress_|_)'; then
    echo "symbols of $library without dg_ or digress_ in front"
    exit 1
fi

mkdir "$folder/consumer"
cd "$folder/consumer"
cat >main.c <<'EOF'
#include <digress/graph.h>
#include <stdio.h>

int main(void) {
    digress_graph_set *set = NULL;
    if (digress_graph_set_create(1, 2, &set) != DIGRESS_OK) return 1;
    digress_status status = digress_graph_set_write(set, "/", DIGRESS_FORMAT_GRAPH6, false, NULL);
    digress_graph_set_free(set);
    printf("digress %s: %s\n", digress_version(), digress_last_error());
    return status == DIGRESS_OK; /* a folder cannot be written to */
}
EOF
cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.20)
project(consumer C)
find_package(digress 0.1 REQUIRED)
foreach(kind digress shared)
  add_executable(by_${kind} main.c)
  target_link_libraries(by_${kind} PRIVATE digress::${kind})
endforeach()
EOF
quietly "$cmake" -S . -B build -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_C_COMPILER="$compiler"
quietly "$cmake" --build build
./build/by_digress
./build/by_shared

pc=$(dirname "$(find "$folder/prefix" -name digress.pc)")
for package in digress digress-static; do
    flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs $package)
    # The flags are words.
    # shellcheck disable=SC2086
    "$compiler" main.c $flags -Wl,-rpath,"$(dirname "$pc")" -o by_$package
    ./by_$package
done

# needs PROGRAM: whether it loads the shared library.
needs() { readelf -d "$1" | grep -q 'NEEDED.*libdigress\.so\.0'; }
if ! needs build/by_shared || ! needs by_digress || needs build/by_digress || needs by_digress-static; then
    echo "a consumer is linked to the other library"
    exit 1
fi
