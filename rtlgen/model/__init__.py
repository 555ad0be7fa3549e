"""The code model: local or remote, its prompts, its decoding and the ranker of its candidates."""
