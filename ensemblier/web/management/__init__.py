"""Django commands that are ours."""
