"""Regions, departments, EPCI, communes and their dated zonings."""
