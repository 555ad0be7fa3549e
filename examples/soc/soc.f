// Compile order of the example. Paths are relative to this folder.
rtl/soc_pkg.sv
rtl/adder.sv
rtl/shifter.sv
rtl/alu.sv
rtl/regfile.sv
rtl/decoder.sv
rtl/core.sv
rtl/timer.sv
rtl/gpio.sv
rtl/bus.sv
rtl/soc.sv
