"""The parts of the static check: slang in the user's build, and the difference that a candidate makes."""
