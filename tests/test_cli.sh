#!/bin/sh
# The command line as a user meets it: exit status, and one clear line on stderr.
# Usage: test_cli.sh PROGRAM
set -u
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0

# expect STATUS TEXT ARGUMENT...: runs the program; TEXT must be part of what it prints.
expect() {
    status=$1 text=$2
    shift 2
    "$program" "$@" >out 2>err </dev/null
    got=$?
    if [ "$got" -ne "$status" ]; then
        echo "digress $*: exit status $got, expected $status"
        cat err
        failed=1
    elif ! cat out err | grep -qF -e "$text"; then
        echo "digress $*: no '$text' in:"
        cat out err
        failed=1
    elif [ "$status" -eq 2 ] && [ "$(grep -c '^digress: ' err)" -ne 1 ]; then
        echo "digress $*: expected one error line, got:"
        cat err
        failed=1
    fi
}

expect 0 "Usage: digress COMMAND" --help
expect 0 "digress 0." --version
expect 0 "model.n_layers" --config-keys
expect 2 "no command given"
expect 2 "did you mean 'train'?" trian
for command in data train sample eval info bench; do
    expect 0 "Usage: digress $command" "$command" --help
    expect 2 "unknown option '--no-such-option'" "$command" --no-such-option
done

"$program" --version >/dev/full 2>err
[ $? -eq 2 ] || { echo "a full disk behind stdout was not noticed"; failed=1; }

exit $failed
