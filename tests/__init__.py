"""Tests of Ensemblier: `python -m tests.run` runs them all."""
