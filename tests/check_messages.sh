#!/bin/sh
# The library's messages speak of its options ("the option 'force'"), which the command line prints as
# its flags; a program that links the library has no flags.
# Usage: check_messages.sh SOURCE_FOLDER
set -eu
cd "${1:-.}"

found=$(grep -rnE '"[^"]*--[a-z]' include src eval datasets --include='*.c' --include='*.cc' --include='*.h' |
    grep -v '^src/cli/' || true)
[ -z "$found" ] || { printf 'a flag in a message of the library:\n%s\n' "$found"; exit 1; }
