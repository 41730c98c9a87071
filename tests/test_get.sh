#!/bin/sh
# datasets/get against a web server of this machine.
# Usage: test_get.sh PROGRAM SCRIPT
set -u
script=$2
. "$(dirname "$0")/expect.sh"
for tool in python3 curl; do
    command -v $tool >/dev/null || { echo "no $tool: skipped"; exit 0; }
done
"$program" data import --format smiles /dev/null --out none 2>&1 | grep -q "without RDKit" &&
    { echo "no RDKit: skipped"; exit 0; }

# get STATUS TEXT ARGUMENT...
get() {
    status=$1 text=$2
    shift 2
    DIGRESS=$program DIGRESS_PUBLISHED=table sh "$script" "$@" >out 2>err
    got=$?
    [ "$got" -eq "$status" ] || complain "get $*: exit status $got, expected $status"
    cat out err | grep -qF -e "$text" || complain "get $*: no '$text' in:"
}

mkdir site
printf 'smiles,logP\n"CCO\n",1\n"c1ccccc1\n",2\nCN,3\nCO,4\nCF,5\nCCC,6\nCC,7\nCCCC,8\n' >site/zinc.csv
printf 'SMILES,SPLIT\nCCO,train\nc1ccccc1,train\n' >site/train.csv
printf '\n  sample\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 N   0  0  0  0  0  0  0  0  0  0  0  0\nM  END\n$$$$\n' >one.sdf
for k in 1 2 3 4 5 6; do cat one.sdf; done >gdb9.sdf
tar -czf site/gdb9.tar.gz gdb9.sdf

mkfifo port_of_server
python3 -u - >port_of_server <<'EOF' &
import functools, http.server
serve = functools.partial(http.server.SimpleHTTPRequestHandler, directory="site")
serve.log_message = lambda *a: None
server = http.server.HTTPServer(("127.0.0.1", 0), serve)
print(server.server_port)
server.serve_forever()
EOF
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$folder"' EXIT
read -r port <port_of_server # waits until the server has one
base=http://127.0.0.1:$port
sum() { "${1}sum" "site/$2" | cut -d ' ' -f 1; }
{
    echo "# a comment"
    echo "zinc zinc.csv md5 $(sum md5 zinc.csv) $base/zinc.csv"
    echo "qm9 gdb9.tar.gz md5 $(sum md5 gdb9.tar.gz) $base/gdb9.tar.gz"
    for file in train test test_scaffolds; do
        echo "moses $file.csv sha256 $(sum sha256 train.csv) $base/train.csv"
    done
    echo "guacamol train.smiles md5 0123 $base/zinc.csv"
} >table

get 2 "Usage" nothing
get 0 "8 of 8 molecules kept" zinc
get 2 "data/zinc exists already" zinc
get 0 "zinc.csv is here already" zinc data/again
get 0 "2 train, 2 val, 2 test graphs; 2 node" moses
get 0 "6 of 6 molecules kept" qm9
get 0 "4 train, 1 val, 1 test graphs; 2 node" qm9-h
get 2 "its md5 sum is not 0123" guacamol
expect_nothing data/guacamol
echo "guacamol train.smiles md5 0123 $base/none" >table
get 2 "cannot download" guacamol

exit $failed
