"""A year of operations of the 25 sheets, drawn from a seed and played on the public actions."""
