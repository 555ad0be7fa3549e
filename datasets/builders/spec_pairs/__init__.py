"""Specification-to-module pairs: parametrised designs in varied words, verified by simulation."""
