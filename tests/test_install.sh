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

# The library takes no names but its own from the programs that link to it. (What C++ shares between
# objects, V and W, is anybody's.)
library=$(find "$folder/prefix" -name 'libdigress.*' | head -n 1)
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
add_executable(consumer main.c)
target_link_libraries(consumer PRIVATE digress::digress)
EOF
quietly "$cmake" -S . -B build -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_C_COMPILER="$compiler"
quietly "$cmake" --build build
./build/consumer

pc=$(dirname "$(find "$folder/prefix" -name digress.pc)")
flags=$(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs digress)
# The flags are words.
# shellcheck disable=SC2086
"$compiler" main.c $flags -Wl,-rpath,"$(dirname "$pc")" -o by_pkg_config
./by_pkg_config
