"""Waste: composters today; collection, waste-sites and cards to come."""
