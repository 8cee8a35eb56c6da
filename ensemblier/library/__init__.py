"""The experience library: sheets to read, to search, and to start a project from."""
