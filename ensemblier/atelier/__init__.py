"""Five-year plans of projects: written by their people, read with their application."""
