"""A specification becomes RTL: sampled, checked, simulated, repaired, and chosen by verdict and vote."""
