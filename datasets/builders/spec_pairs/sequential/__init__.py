"""Families of clocked designs."""
