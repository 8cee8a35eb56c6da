"""Ensemblier: solidarity food chains and the fund that supports them, on one platform."""

__version__ = "0.1.0"
