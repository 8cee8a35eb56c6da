"""The `ensemblier` command."""
