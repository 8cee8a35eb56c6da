"""The guided tour of the demonstration: ten steps, one per role, on one file."""
