"""The demonstration: the report's 25 projects as 25 files in every state, with example amounts."""
