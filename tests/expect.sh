# Sourced by the command-line tests, with the program as $1: works in a folder of its own, and
# counts what fails.
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0

# complain TEXT: one failure, with what the program printed.
complain() {
    echo "$1"
    cat out err
    failed=1
}

# run_program ARGUMENT...: sets `got` to its exit status.
run_program() {
    "$program" "$@" >out 2>err </dev/null
    got=$?
}

# expect STATUS TEXT ARGUMENT...: TEXT must be part of what the program prints; an error is one line.
expect() {
    status=$1 text=$2
    shift 2
    run_program "$@"
    if [ "$got" -ne "$status" ]; then
        complain "digress $*: exit status $got, expected $status"
    elif ! cat out err | grep -qF -e "$text"; then
        complain "digress $*: no '$text' in:"
    elif [ "$status" -ne 0 ] && [ "$(grep -c '^digress: ' err)" -ne 1 ]; then
        complain "digress $*: expected one error line, got:"
    fi
}

# expect_nothing PATH: a failure must not have left it.
expect_nothing() {
    [ ! -e "$1" ] || complain "a failure left $1"
}
