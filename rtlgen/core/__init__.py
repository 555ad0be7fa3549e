"""The ground floor: projects, settings, processes, stores and records; knows no Verilog and no torch."""
