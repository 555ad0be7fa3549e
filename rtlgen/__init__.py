"""rtlgen: RTL that is checked before it is shown.

The package opens no heavy library when imported: torch, transformers, peft and faiss are imported inside the
functions that need them.
"""

__version__ = "0.1.0"
