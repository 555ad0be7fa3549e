"""Does it work: static checks and simulators."""
