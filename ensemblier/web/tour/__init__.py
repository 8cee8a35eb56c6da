"""The guided tour of the demonstration: twelve steps, one per role, on one file."""
