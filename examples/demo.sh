#!/bin/sh
# Completes the hole in a copy of examples/soc and simulates the result: make demo.   sh examples/demo.sh [RTLGEN]
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
if ! command -v iverilog >/dev/null; then
    echo 'iverilog is not installed: the result is not simulated. next: apt-get install iverilog' >&2
    exit 0
fi
echo
echo '$ iverilog -g2012 -s tb_alu -o tb_alu.vvp -c soc.f tests/tb_alu.sv && vvp -n tb_alu.vvp'
iverilog -g2012 -s tb_alu -o tb_alu.vvp -c soc.f tests/tb_alu.sv
vvp -n tb_alu.vvp
