"""A make-believe next release, whose migrations are killed half-way (test_killed_migrations.py)."""
