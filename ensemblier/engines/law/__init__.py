"""Law, one file per field: dated figures, each with its source."""
