"""How good can it get: synthesis recipes. The room is empty until recipes arrive."""
