#!/bin/sh
# The Python package's own tests, on the module of this build. 77: left out, for the reason given.
# Usage: test_python.sh PYTHON BUILD_FOLDER SOURCE_FOLDER
set -eu
python=$1 build=$2 source=$3
if [ ! -e "$build/python/digress/_native.abi3.so" ]; then
    echo "the Python package is left out: Debian's python3-dev and python3-cffi are not there"
    exit 77
fi
for module in numpy networkx pytest; do
    "$python" -c "import $module" 2>/dev/null || {
        echo "the Python package's tests are left out: Debian's python3-$module is not there"
        exit 77
    }
done
cd "$build/python" # where `import digress` finds this build's
PYTHONPATH=$build/python PYTHONDONTWRITEBYTECODE=1 exec "$python" -m pytest -q -p no:cacheprovider "$source/python/tests"
