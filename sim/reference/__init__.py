"""A design against a reference: stimulus from its ports, X-aware comparison, and behaviour that can be voted on."""
