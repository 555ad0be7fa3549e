"""Formal parts of specifications: tables, maps, equations and waveforms that say by themselves what the design is."""
