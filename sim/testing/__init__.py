"""Tests of a design: found, planned over seeds, run in the sandbox, plain benches and cocotb modules alike."""
