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

# judge STATUS TEXT WHAT: `got` must be STATUS, and TEXT part of what was printed; an error is one line.
judge() {
    if [ "$got" -ne "$1" ]; then
        complain "$3: exit status $got, expected $1"
    elif ! cat out err | grep -qF -e "$2"; then
        complain "$3: no '$2' in:"
    elif [ "$1" -ne 0 ] && [ "$(grep -c '^digress: ' err)" -ne 1 ]; then
        complain "$3: expected one error line, got:"
    fi
}

# expect STATUS TEXT ARGUMENT...
expect() {
    status=$1 text=$2
    shift 2
    run_program "$@"
    judge "$status" "$text" "digress $*"
}

# expect_nothing PATH: a failure must not have left it.
expect_nothing() {
    [ ! -e "$1" ] || complain "a failure left $1"
}
