"""Boards: what each role must see at a glance, today or on a past date, with the rows behind."""
