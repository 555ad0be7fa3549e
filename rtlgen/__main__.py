"""`python -m rtlgen` is the `rtlgen` command."""

from rtlgen.cli import main

main()
