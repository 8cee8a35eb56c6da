"""Pure rules: no Django, database, clock, network or files."""
