"""The public fund, one folder per step of its procedure."""
