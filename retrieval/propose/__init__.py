"""Whole lines this repository suggests at this place, one source a file."""
