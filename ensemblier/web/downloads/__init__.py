"""The address from which stored files are read."""
