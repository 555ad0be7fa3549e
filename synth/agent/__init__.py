"""The recipe agent: what it sees of a circuit, its networks, and the trained one that ships with rtlgen."""
