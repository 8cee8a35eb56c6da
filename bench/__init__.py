"""Figures of the platform, each beside a named peer, measured in one run."""
