"""Associations: what associations ask of the territory."""
