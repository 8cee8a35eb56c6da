"""Template tags of the files."""
