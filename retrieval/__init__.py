"""What in this repository matters at this place."""
