"""The books and the journal, to be read."""
