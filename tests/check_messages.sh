#!/bin/sh
# The library's messages speak of its options, as "the option 'force'" and in no other form: the
# command line prints that as its flag. A program that links the library has no flags.
# Usage: check_messages.sh SOURCE_FOLDER
set -eu
cd "${1:-.}"

found=$(grep -rnE '"[^"]*--[a-z]' include src eval datasets --include='*.c' --include='*.cc' --include='*.h' |
    grep -v '^src/cli/' || true)
[ -z "$found" ] || { printf 'a flag in a message of the library:\n%s\n' "$found"; exit 1; }

found=$(grep -rnE "options? '" include src eval datasets --include='*.c' --include='*.cc' --include='*.h' |
    grep -v '^src/cli/' | sed "s/the option '[a-z%-]*'//g" | grep "options\? '" || true)
[ -z "$found" ] || { printf 'not in the form that the command line knows:\n%s\n' "$found"; exit 1; }
