"""Keeping the site running: jobs of the clock, failed tasks, outbox, health, back-ups."""
