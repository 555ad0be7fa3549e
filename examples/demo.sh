#!/bin/sh
# Completes the hole in a copy of examples/soc, simulates the result and finds a better synthesis recipe for it: make demo.
# sh examples/demo.sh [RTLGEN]
set -eu
rtlgen=${1:-rtlgen}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$(dirname "$0")/soc" "$work/soc"
cd "$work/soc"

echo '$ rtlgen complete examples/soc --file rtl/alu.sv --apply'
"$rtlgen" complete . --file rtl/alu.sv --apply
echo
diff -u rtl/alu.sv.orig rtl/alu.sv || test $? = 1
echo
echo '$ rtlgen sim examples/soc'
"$rtlgen" sim . || { code=$?; test $code = 3 || exit $code; }  # 3: a tool is missing, and it has been said which
echo
echo '$ rtlgen synth examples/soc --top soc --recipe-search'
"$rtlgen" synth . --top soc --recipe-search --out recipe
echo
echo '$ cat recipe/best.abc'
cat recipe/best.abc
