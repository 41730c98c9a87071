#!/bin/sh
# No source file has more than 450 lines, no function more than 50.
# Usage: check_sizes.sh SOURCE_FOLDER
set -eu
cd "${1:-.}"

# A function begins at a line that starts with a letter, and ends at a lone '}' in column 0.
find src eval datasets bench include tests examples -name '*.[ch]' -o -name '*.cc' -o -name '*.hh' |
    sort | xargs awk -v max_lines=450 -v max_function=50 '
    function end_file() {
        if (lines > max_lines) complain(file ": " lines " lines, at most " max_lines)
    }
    function complain(text) { print text > "/dev/stderr"; wrong = 1 }
    FNR == 1 { end_file(); file = FILENAME; begin = 0 }
    { lines = FNR }
    /^[A-Za-z_]/ && !/:$/ { begin = FNR; name = $0 }
    /^}/ {
        if ($0 == "}" && begin && FNR - begin + 1 > max_function)
            complain(file ":" begin ": " FNR - begin + 1 " lines, at most " max_function ": " name)
        begin = 0
    }
    END { end_file(); exit wrong || !NR }'
