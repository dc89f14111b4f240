"""Participation: what people tell the house of the places where they live. Problems reported, for now."""
